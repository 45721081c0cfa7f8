import RedisClient

/// Where the password is to be had from, if not from the server's URL.
enum PasswordSource: Equatable {
    /// `origin` is the option or the variable that names the file.
    case file(path: String, origin: String)
    case terminal

    /// Options win over the URL, the URL over the environment.
    static func chosen(
        _ arguments: Arguments, variable: (String) -> String?, endpoint: Endpoint, isEndpointURL: Bool
    ) throws(UsageError) -> PasswordSource? {
        if let path = arguments.values[.passwordFile] {
            guard !arguments.has(.askpass) else {
                throw UsageError(
                    "--password-file and --askpass contradict each other; give one of them",
                    zh: "--password-file 与 --askpass 互相矛盾；请只给出其一")
            }
            return .file(path: path, origin: OptionName.passwordFile.rawValue)
        }
        if arguments.has(.askpass) { return .terminal }
        guard let path = variable("REDIS_PASSWORD_FILE") else { return nil }
        guard endpoint.password != nil else { return .file(path: path, origin: "REDIS_PASSWORD_FILE") }
        guard isEndpointURL else {
            throw UsageError(
                "REDIS_PASSWORD and REDIS_PASSWORD_FILE contradict each other; unset one of them",
                zh: "REDIS_PASSWORD 与 REDIS_PASSWORD_FILE 互相矛盾；请取消其中之一")
        }
        return nil
    }
}
