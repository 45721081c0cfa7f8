import RedisClient

/// Tells whether the session of an entry is there, or would be after a restore.
final class SessionPresence {
    private let connection: any RedisPipeline
    private let assumesAll: Bool
    /// The keys that a dry run would have restored.
    private let restorable = IdentifierSet()
    private let reply = Reply()

    init(_ connection: any RedisPipeline, assumesAll: Bool) {
        self.connection = connection
        self.assumesAll = assumesAll
    }

    func note(_ restorableKey: [UInt8]) {
        _ = restorable.insert(restorableKey.withUnsafeBytes(IdentifierSet.hash))
    }

    /// Whether a dry run would have restored this key.
    func isRestorable(_ key: [UInt8]) -> Bool {
        restorable.contains(key.withUnsafeBytes(IdentifierSet.hash))
    }

    /// For each entry, whether one of its session keys is there.
    func arePresent(_ sessionKeys: [[BackupBytes]]) throws(RedisError) -> [Bool] {
        guard !assumesAll else { return sessionKeys.map { _ in true } }
        for key in sessionKeys.joined() { try connection.append(.exists, CommandArguments([key.bytes])) }
        var answers: [Bool] = []
        for keys in sessionKeys {
            var isPresent = false
            for key in keys {
                try connection.receive(into: reply)
                guard reply.kind(0) == .integer else {
                    throw .unexpectedReply(command: .exists, expected: "a number")
                }
                if reply.integer(0) > 0 || isRestorable(key.bytes) {
                    isPresent = true
                }
            }
            answers.append(isPresent)
        }
        return answers
    }
}
