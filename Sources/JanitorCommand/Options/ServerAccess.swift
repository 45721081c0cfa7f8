import RedisClient
import SessionJanitor

/// What has to be fetched before a server can be spoken to: the password, the files for TLS.
enum ServerAccess {
    /// Fills in the password; fails where something cannot be had, so that nothing is sent to a server then.
    static func prepare(_ options: inout Options) throws(UsageError) {
        switch options.passwordSource {
        case .file(let path, let origin)?:
            let file = try PasswordFile(path: path, origin: origin)
            options.endpoint.password = file.password
            if file.isExposed { options.warnings.append(.exposedPasswordFile(path)) }
        case .terminal?:
            let address = Printable.text(options.endpoint.description)
            let question = Message("Password for \(address): ", zh: "\(address) 的密码：")
            options.endpoint.password = try PasswordPrompt.ask(question[options.language])
        case nil: break
        }
        guard let tls = options.endpoint.tls else { return }
        if !tls.isVerified { options.warnings.append(.unverifiedServer) }
        do throws(TLSError) {
            try tls.check()
        } catch {
            throw UsageError(TLSMessage.message(error, ""))
        }
    }
}
