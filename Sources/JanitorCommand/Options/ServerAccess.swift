import RedisClient
import SessionJanitor

/// How to reach the server and a replica of it, by options and environment.
struct ServerAccess: Equatable {
    var tls = TLSSettings()
    var source: ReadSource?
    var longestLag = Duration.seconds(10)

    /// The first one that is set names the server; with the file that it was read from.
    static func endpoint(
        _ arguments: Arguments, _ variables: [String: String]
    ) throws(UsageError) -> (Endpoint, SecretFile?) {
        for (name, url, path) in [
            ("--url", arguments.values["--url"], nil), ("--url-file", nil, arguments.values["--url-file"]),
            ("REDIS_URL", variables["REDIS_URL"], nil), ("REDIS_URI", variables["REDIS_URI"], nil),
            ("REDIS_URL_FILE", nil, variables["REDIS_URL_FILE"]),
        ] {
            if let url { return (try endpoint(url, from: name), nil) }
            guard let path else { continue }
            let file = try SecretFile(path: path, origin: name, Message("URL", zh: " URL"))
            return (try endpoint(file.content, from: name), file)
        }
        guard let host = variables["REDIS_HOST"] else {
            throw UsageError(
                "no server is given: set REDIS_URL (such as redis://localhost:6379/0) or REDIS_HOST, or use --url or --url-file",
                zh: "没有指定服务器：请设置 REDIS_URL（例如 redis://localhost:6379/0）或 REDIS_HOST，或使用 --url 或 --url-file")
        }
        do throws(EndpointError) {
            let endpoint = try Endpoint(
                host: host, port: variables["REDIS_PORT"], database: variables["REDIS_DB"],
                username: variables["REDIS_USERNAME"], password: variables["REDIS_PASSWORD"])
            return (endpoint, nil)
        } catch {
            let name =
                switch error {
                case .invalidPort: "REDIS_PORT"
                case .invalidDatabase: "REDIS_DB"
                default: "REDIS_HOST"
                }
            throw usageError(error, name)
        }
    }

    fileprivate static func endpoint(_ url: String, from source: String) throws(UsageError) -> Endpoint {
        do throws(EndpointError) {
            return try Endpoint(url: url)
        } catch {
            throw usageError(error, source)
        }
    }

    private static func usageError(_ error: EndpointError, _ source: String) -> UsageError {
        UsageError("\(source): \(error.message)", zh: "\(source)：\(error.message)")
    }
}

extension Options {
    /// Combines what several options and variables say about the connection.
    mutating func resolveAccess(_ arguments: Arguments, _ variables: [String: String]) throws(UsageError) {
        if endpoint.tls != nil {
            guard (access.tls.certificateFile == nil) == (access.tls.keyFile == nil) else {
                throw UsageError(
                    "--cert and --key belong together: a client's certificate is of no use without its key",
                    zh: "--cert 与 --key 须同时给出：客户端证书离不开其密钥")
            }
            endpoint.tls = access.tls
        } else if let given = OptionSection.tls.first(where: { arguments.gives($0.name) }) {
            throw UsageError(
                "\(given.name) is about TLS, which the server's URL does not ask for; use rediss:// there",
                zh: "\(given.name) 与 TLS 有关，而服务器的 URL 未使用 TLS；请改用 rediss://")
        }
        if case .sentinel(var service) = endpoint.address {
            if service.username == nil { service.username = variables["SENTINEL_USERNAME"] }
            if service.password == nil { service.password = variables["SENTINEL_PASSWORD"] }
            endpoint.address = .sentinel(service)
        }
        let isGivenByURL =
            ["--url", "--url-file"].contains { arguments.values[$0] != nil }
            || ["REDIS_URL", "REDIS_URI", "REDIS_URL_FILE"].contains { variables[$0] != nil }
        // Options win over the URL, the URL over the environment.
        if passwordSource == nil, let path = variables["REDIS_PASSWORD_FILE"] {
            if endpoint.password == nil {
                passwordSource = .file(path: path, origin: "REDIS_PASSWORD_FILE")
            } else if !isGivenByURL {
                throw UsageError.contradiction("REDIS_PASSWORD", "REDIS_PASSWORD_FILE")
            }
        }
        if passwordSource == nil, endpoint.password == nil { endpoint.password = variables["REDISCLI_AUTH"] }
        let url = arguments.values["--replica-url"]
        var other = try url.map { url throws(UsageError) in try ServerAccess.endpoint(url, from: "--replica-url") }
        if other?.tls != nil { other?.tls = access.tls }
        if access.source == .replica || (access.source == nil && other != nil) {
            replica = ReplicaOptions(endpoint: other, longestLag: access.longestLag)
        }
    }

    /// Reads the password and checks the files for TLS. Fails before anything is sent to a server.
    mutating func prepareAccess() throws(UsageError) {
        switch passwordSource {
        case .file(let path, let origin)?:
            let file = try SecretFile(path: path, origin: origin, Message("password", zh: "密码"))
            endpoint.password = file.content
            if file.isExposed { warnings.append(.exposedPasswordFile(path)) }
        case .terminal?:
            let address = endpoint.description
            let question = Message("Password for \(address): ", zh: "\(address) 的密码：")
            endpoint.password = try PasswordPrompt.ask(question[language])
        case nil: break
        }
        guard let tls = endpoint.tls else { return }
        if !tls.isVerified { warnings.append(.unverifiedServer) }
        do throws(TLSError) {
            try tls.check()
        } catch {
            throw UsageError(error.message(Message("")))
        }
    }
}

/// Which replica is read instead of the primary.
struct ReplicaOptions: Equatable {
    /// Nil: the primary is asked for its replicas.
    var endpoint: Endpoint?
    var longestLag: Duration

    /// Connects to the replica. Where its URL has no user and password, those of the primary are used.
    func open(
        for primary: any RedisPipeline, _ options: Options
    ) throws(RedisError) -> any RedisPipeline {
        var endpoint = endpoint
        if endpoint?.password == nil, endpoint?.username == nil {
            endpoint?.username = options.endpoint.username
            endpoint?.password = options.endpoint.password
        }
        endpoint?.database = options.endpoint.database
        return try ReplicaFinder(longestLag: longestLag, timeout: options.timeout).replica(of: primary, at: endpoint)
    }
}

/// Where the password comes from, if not from the server's URL.
enum PasswordSource: Equatable {
    /// `origin` is the option or the variable that names the file.
    case file(path: String, origin: String)
    case terminal
}
