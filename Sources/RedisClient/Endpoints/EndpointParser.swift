/// Reads the URL forms that name a Redis server; see ``Endpoint/init(url:)``.
struct EndpointParser {
    /// `sun_path` holds 108 bytes on Linux, the last one a zero.
    static let longestSocketPath = 107

    static func parse(_ url: String) throws(EndpointError) -> Endpoint {
        guard let separator = url.firstRange(of: "://") else { throw .missingScheme }
        let rest = url[separator.upperBound...]
        let scheme = url[..<separator.lowerBound].lowercased()
        var endpoint: Endpoint
        switch scheme {
        case "redis", "rediss": endpoint = try tcp(rest)
        case "redis+sentinel", "rediss+sentinel": endpoint = try sentinel(rest)
        case "unix": endpoint = try unix(rest)
        default:
            let isScheme = scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
            throw scheme.isEmpty || !isScheme ? .missingScheme : .unknownScheme(scheme)
        }
        if scheme.hasPrefix("rediss") { endpoint.tls = TLSSettings() }
        return endpoint
    }

    /// What all forms have in common.
    private static func endpoint(
        _ address: Endpoint.Address, _ credentials: Substring?, database path: Substring?, _ query: Substring?
    ) throws(EndpointError) -> Endpoint {
        var endpoint = Endpoint(address: address)
        if let credentials {
            let (user, password) = split(credentials, at: ":")
            let decodedUser = try decoded(user)
            endpoint.username = decodedUser.isEmpty ? nil : decodedUser
            let decodedPassword = try password.map { text throws(EndpointError) in try decoded(text) }
            endpoint.password = decodedPassword == "" && decodedUser.isEmpty ? nil : decodedPassword
        }
        endpoint.database = try database(path: path, query: query)
        return endpoint
    }

    /// `[user[:password]@]host[:port][/db][?db=N]`
    private static func tcp(_ rest: Substring) throws(EndpointError) -> Endpoint {
        let (body, query) = split(rest, at: "?")
        let (authority, path) = split(body, at: "/")
        let (credentials, location) = splitCredentials(authority)
        let (host, port) = try hostAndPort(location)
        return try endpoint(.tcp(host: host, port: port), credentials, database: path, query)
    }

    /// `[user[:password]@]/path[?db=N]`
    private static func unix(_ rest: Substring) throws(EndpointError) -> Endpoint {
        let (body, query) = split(rest, at: "?")
        guard let slash = body.firstIndex(of: "/") else { throw .relativeSocketPath }
        let (credentials, location) = splitCredentials(body[..<slash])
        guard location.isEmpty else { throw .relativeSocketPath }
        let path = try decoded(body[slash...])
        guard path.utf8.count <= longestSocketPath else { throw .socketPathTooLong(limit: longestSocketPath) }
        return try endpoint(.unix(path: path), credentials, database: nil, query)
    }

    /// `[user[:password]@]host[:port][,host[:port]…]/service[/db][?sentinel_user=U&sentinel_password=P&db=N]`
    private static func sentinel(_ rest: Substring) throws(EndpointError) -> Endpoint {
        let (body, query) = split(rest, at: "?")
        let (authority, path) = split(body, at: "/")
        let (credentials, locations) = splitCredentials(authority)
        let (name, number) = split(path ?? "", at: "/")
        var service = SentinelService(sentinels: [], name: try decoded(name))
        guard !service.name.isEmpty else { throw .missingService }
        // What sentinels allow; anything else may be a part of a password that holds a slash.
        guard service.name.utf8.allSatisfy(isNameByte) else { throw .invalidService }
        for location in locations.split(separator: ",", omittingEmptySubsequences: false) {
            let (host, port) = try hostAndPort(location, defaultPort: 26_379)
            service.sentinels.append(NodeAddress(host: host, port: port))
        }
        var others: [Substring] = []
        for parameter in query?.split(separator: "&") ?? [] {
            let (key, value) = split(parameter, at: "=")
            switch key {
            case "sentinel_user": service.username = try decoded(value ?? "")
            case "sentinel_password": service.password = try decoded(value ?? "")
            default: others.append(parameter)
            }
        }
        return try endpoint(
            .sentinel(service), credentials, database: number, Substring(others.joined(separator: "&")))
    }

    private static func split(_ text: Substring, at mark: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    /// The last `@` counts, so that one inside a password does no harm.
    private static func splitCredentials(_ authority: Substring) -> (Substring?, Substring) {
        guard let mark = authority.lastIndex(of: "@") else { return (nil, authority) }
        return (authority[..<mark], authority[authority.index(after: mark)...])
    }

    private static func hostAndPort(
        _ location: Substring, defaultPort: Int = 6379
    ) throws(EndpointError) -> (String, Int) {
        var host = location
        var port: Substring?
        if location.first == "[" {
            guard let end = location.firstIndex(of: "]") else { throw .invalidHost }
            host = location[location.index(after: location.startIndex)..<end]
            let tail = location[location.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { throw .invalidHost }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            (host, port) = split(location, at: ":")
        }
        guard !host.isEmpty else { throw .missingHost }
        let name = try decoded(host)
        guard isHost(name) else { throw .invalidHost }
        return (name, try port.map { text throws(EndpointError) in try self.port(String(text)) } ?? defaultPort)
    }

    static func isHost(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "/") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    static func port(_ text: String) throws(EndpointError) -> Int {
        guard let port = Int(digits: text), (1...65_535).contains(port) else { throw .invalidPort }
        return port
    }

    static func databaseNumber(_ text: String) throws(EndpointError) -> Int {
        guard let number = Int(digits: text) else { throw .invalidDatabase }
        return number
    }

    private static func database(path: Substring?, query: Substring?) throws(EndpointError) -> Int {
        var found: Int?
        if let path, !path.isEmpty { found = try databaseNumber(String(path)) }
        guard let query else { return found ?? 0 }
        for parameter in query.split(separator: "&") {
            guard parameter.hasPrefix("db=") else { throw .unknownParameter }
            let number = try databaseNumber(String(parameter.dropFirst(3)))
            guard found == nil || found == number else { throw .conflictingDatabases }
            found = number
        }
        return found ?? 0
    }

    private static func decoded(_ text: Substring) throws(EndpointError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                throw .invalidPercentEncoding
            }
            bytes.append(high << 4 | low)
        }
        guard let string = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .invalidPercentEncoding
        }
        return string
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
    }
}

extension Endpoint {
    /// Reads `redis://[user[:password]@]host[:port][/db]`, `rediss://` likewise, `unix:///path/to.sock[?db=N]` or
    /// `redis+sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`, `rediss+sentinel://` likewise.
    ///
    /// User, password, host and socket path may be percent-encoded; `?db=N` is accepted on both forms.
    public init(url: String) throws(EndpointError) {
        self = try EndpointParser.parse(url)
    }

    /// Reads the parts as they stand in `REDIS_HOST`, `REDIS_PORT` and `REDIS_DB`.
    public init(
        host: String, port: String?, database: String?, username: String?, password: String?
    ) throws(EndpointError) {
        // A URL in the wrong variable must not be taken for a name, and be shown as one with its password.
        guard EndpointParser.isHost(host) else { throw .invalidHost }
        self.init(
            address: .tcp(host: host, port: try port.map(EndpointParser.port) ?? 6379),
            username: username, password: password,
            database: try database.map(EndpointParser.databaseNumber) ?? 0)
    }
}
