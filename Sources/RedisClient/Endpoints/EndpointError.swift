/// Why a URL is not the address of a Redis server; never shows a part of the URL, which may be a password.
public enum EndpointError: Error, Equatable, Sendable {
    case missingScheme
    case unknownScheme(String)
    case missingHost
    case invalidHost
    case invalidPort
    case invalidDatabase
    case conflictingDatabases
    case relativeSocketPath
    case socketPathTooLong(limit: Int)
    case invalidPercentEncoding
    case unknownParameter
    /// Sentinels are named, but not what they watch over.
    case missingService
    case invalidService
}
