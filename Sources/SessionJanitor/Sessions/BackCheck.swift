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

    /// Sends a question about each of the keys of a session.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        try reader.ask(aboutEach: keys, on: connection)
    }

    /// Whether the `count` keys of a session name a token, and none of them this one. Receives every answer, whichever fails,
    /// so that commands and answers stay in step; `note` is called after each.
    ///
    /// Only a session that names another token tells that a pointer is not current: one that cannot be read tells
    /// nothing.
    func receive(
        _ count: Int, otherThan token: [UInt8], on connection: any RedisPipeline, into reply: Reply,
        note: () -> Void = {}
    ) -> Result<Bool, RedisError> {
        var (namesOther, namesToken) = (false, false)
        var failure: RedisError?
        for _ in 0..<count * reader.questions.count {
            do throws(RedisError) {
                let command = try connection.receiveAny(into: reply)
                note()
                guard let name = try reader.content(in: reply, to: command)?.text(source) else { continue }
                if name == token { namesToken = true } else { namesOther = true }
            } catch {
                failure = failure ?? error
            }
        }
        return failure.map { .failure($0) } ?? .success(namesOther && !namesToken)
    }
}
