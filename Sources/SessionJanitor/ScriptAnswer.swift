import RedisClient

/// Takes apart what a removal script answers: arrays of whole numbers, then the error that ended it early.
struct ScriptAnswer {
    let reply: Reply

    /// The nodes of the array of whole numbers at `index`.
    func integers(at index: Int, atMost limit: Int) throws(RedisError) -> Range<Int> {
        guard index < reply.count, reply.kind(index) == .array else { throw .badScriptAnswer }
        let count = reply.integer(index)
        guard (0...limit).contains(count), index + 1 + count <= reply.count else { throw .badScriptAnswer }
        let range = (index + 1)..<(index + 1 + count)
        guard range.allSatisfy({ reply.kind($0) == .integer }) else { throw .badScriptAnswer }
        return range
    }

    /// The error, or the empty string where there was none, is the last node.
    func throwFailure(at index: Int) throws(RedisError) {
        guard index == reply.count - 1, reply.kind(index) == .string else { throw .badScriptAnswer }
        if !reply.bytes(index).isEmpty { throw RedisError(scriptFailure: reply.text(index)) }
    }
}

extension RedisError {
    static var badScriptAnswer: RedisError {
        .unexpectedReply(command: .evalsha, expected: "a verdict for each removal")
    }
}
