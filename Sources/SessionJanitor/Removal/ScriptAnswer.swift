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

    /// Hands out the verdicts on `count` items, as far as the script got, and then throws what ended it early.
    func takeVerdicts(_ count: Int, _ take: (_ place: Int, _ verdict: Int) -> Void) throws(RedisError) {
        guard reply.count >= 3, reply.kind(0) == .array else { throw .badScriptAnswer }
        let verdicts = try integers(at: 1, atMost: count)
        for (place, node) in verdicts.enumerated() { take(place, reply.integer(node)) }
        try throwFailure(at: verdicts.upperBound)
        guard verdicts.count == count else { throw .badScriptAnswer }
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
