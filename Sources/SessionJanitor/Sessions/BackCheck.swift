import RedisClient

/// Asks whether sessions are there, and not just the end of one.
struct LifeCheck {
    let deadValues: [[UInt8]]

    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        try connection.append(.exists, keys)
        if !deadValues.isEmpty { try connection.append(.mget, keys) }
    }

    /// Receives the answers, all of them whichever fails: whether none of the keys is a live session's.
    func receiveIsAbsent(
        _ count: Int, on connection: any RedisPipeline, into reply: Reply
    ) -> Result<Bool, RedisError> {
        var failure: RedisError?
        var living = 0
        do throws(RedisError) { living = try connection.receiveInteger(into: reply) } catch { failure = error }
        guard !deadValues.isEmpty else { return failure.map { .failure($0) } ?? .success(living == 0) }
        do throws(RedisError) {
            try connection.receiveArray(count: count, into: reply)
            for node in 1...count where reply.kind(node) == .string {
                if deadValues.contains(where: { reply.bytes(node).elementsEqual($0) }) { living -= 1 }
            }
        } catch {
            failure = failure ?? error
        }
        return failure.map { .failure($0) } ?? .success(living == 0)
    }
}

/// Asks sessions whether they name a pointer.
struct BackCheck {
    private let source: ValueSource
    private let reader: ValueReader

    init(_ source: ValueSource) {
        self.source = source
        reader = ValueReader([source])
    }

    /// Whether it reads all of a session's value.
    var readsWhole: Bool { reader.reading.takesStrings }
    /// How many answers there are about each key.
    var answersEach: Int { reader.questions.count }

    /// Sends a question about each of the keys of a session.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        try reader.ask(aboutEach: keys, on: connection)
    }

    /// What one of the answers names; nil if that tells nothing.
    func name(in reply: Reply, to command: RedisCommand) throws(RedisError) -> [UInt8]? {
        try reader.content(in: reply, to: command)?.text(source)
    }

    /// Whether the keys of a session name a token, and none of them this one.
    ///
    /// Only a session that names another token tells that a pointer is not current: one that cannot be read tells
    /// nothing.
    static func isAnother(_ named: [[UInt8]], than token: [UInt8]) -> Bool {
        !named.isEmpty && !named.contains(token)
    }
}
