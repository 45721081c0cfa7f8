import RedisClient

/// The options about TLS, which follow redis-cli's.
enum TLSOptions {
    private static let all: [OptionName] = [.cacert, .cert, .key, .sni, .insecure]

    /// Adds what they say to an endpoint that is spoken to over TLS.
    static func apply(_ arguments: Arguments, to endpoint: inout Endpoint) throws(UsageError) {
        guard var settings = endpoint.tls else {
            guard let given = all.first(where: { arguments.has($0) || arguments.values[$0] != nil }) else { return }
            throw UsageError(
                "\(given.rawValue) is about TLS, which the server's URL does not ask for; use rediss:// there",
                zh: "\(given.rawValue) 与 TLS 有关，而服务器的 URL 未使用 TLS；请改用 rediss://")
        }
        settings.authorityFile = try value(.cacert, arguments)
        settings.certificateFile = try value(.cert, arguments)
        settings.keyFile = try value(.key, arguments)
        settings.serverName = try value(.sni, arguments)
        settings.isVerified = !arguments.has(.insecure)
        guard (settings.certificateFile == nil) == (settings.keyFile == nil) else {
            throw UsageError(
                "--cert and --key go together: a client's certificate is of no use without its key",
                zh: "--cert 与 --key 须同时给出：客户端证书离不开其密钥")
        }
        endpoint.tls = settings
    }

    private static func value(_ option: OptionName, _ arguments: Arguments) throws(UsageError) -> String? {
        guard let text = arguments.values[option] else { return nil }
        guard !text.isEmpty, !text.contains("\0") else {
            throw UsageError(
                "\(option.rawValue) \(Printable.quoted(text)) is not valid; it must not be empty",
                zh: "\(option.rawValue) \(Printable.quoted(text)) 无效；不能为空")
        }
        return text
    }
}
