/// Why a URL is not the address of a Redis server; never shows a part of the URL, which may be a password.
public enum EndpointError: Error, Equatable, Sendable {
    case missingScheme
    case unknownScheme(String)
    /// A form that Redis clients know and this version does not.
    case unsupportedScheme(String)
    case missingHost
    case invalidHost
    case invalidPort
    case invalidDatabase
    case conflictingDatabases
    case relativeSocketPath
    case socketPathTooLong(limit: Int)
    case invalidPercentEncoding
    case unknownParameter
}
