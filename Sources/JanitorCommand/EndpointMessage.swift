import RedisClient

/// Says in words what is wrong with a server's address; never quotes the address, which may hold a password.
enum EndpointMessage {
    static func text(_ error: EndpointError) -> String {
        switch error {
        case .missingScheme:
            "this is not a URL; write redis://[user:password@]host[:port][/db] or unix:///path/to.sock[?db=N]"
        case .unknownScheme(let scheme):
            "unknown scheme \(Printable.quoted(scheme)); known are redis:// and unix://"
        case .unsupportedScheme(let scheme):
            "\(scheme):// is not supported by this version; use redis:// or unix://"
        case .missingHost:
            "the host is missing; nothing is assumed, so write it out: redis://localhost:6379/0"
        case .invalidHost:
            "the host is not valid; IPv6 addresses go in brackets: redis://[::1]:6379/0"
        case .invalidPort:
            "the port is not a number from 1 to 65535; a / or : in a password must be written %2F or %3A"
        case .invalidDatabase:
            "the database is not a whole number"
        case .conflictingDatabases:
            "two different databases are given, one in the path and one as ?db="
        case .relativeSocketPath:
            "the path of the socket must be absolute: unix:///path/to.sock"
        case .socketPathTooLong(let limit):
            "the path of the socket is longer than the \(limit) bytes that the system allows"
        case .invalidPercentEncoding:
            "a % is not followed by two hexadecimal digits; write %25 for the character itself"
        case .unknownParameter:
            "unknown parameter after the ?; the only one known is db=N"
        }
    }
}
