/// Why the sentinels do not tell which server is the primary.
public enum SentinelError: Error, Equatable, Sendable {
    /// What came of asking one of them.
    public struct Attempt: Equatable, Sendable {
        public var sentinel: String
        public var error: RedisError

        public init(sentinel: String, error: RedisError) {
            self.sentinel = sentinel
            self.error = error
        }
    }

    /// None gave an answer.
    case unreachable([Attempt])
    /// They answer, but watch over nothing of this name.
    case unknownService(String)
}
