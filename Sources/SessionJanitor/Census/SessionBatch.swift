import RedisClient

/// Sessions that go in one step, all judged in the same way.
struct SessionBatch {
    private(set) var keys = CommandArguments()
    private(set) var fingerprints: [UInt64] = []
    private(set) var isIdle: [Bool] = []
    /// Whether they go because nobody has asked for them; nothing was read of them then.
    private(set) var isJudgedByAccess = false

    subscript(part: Range<Int>) -> SessionBatch {
        var batch = SessionBatch()
        for index in part { keys.withArgument(index) { batch.keys.append($0) } }
        batch.fingerprints = Array(fingerprints[part])
        batch.isIdle = Array(isIdle[part])
        batch.isJudgedByAccess = isJudgedByAccess
        return batch
    }

    /// Takes the next session of the log; false if there is none, or one that was judged in another way.
    mutating func takeNext(of log: ByteLog, _ cursor: inout ByteLog.Cursor, _ layout: Layout) -> Bool {
        var ahead = cursor
        guard let record = log.next(&ahead) else { return false }
        let session = ExpiredSession(tag: record.tag)
        guard keys.count == 0 || session.isJudgedByAccess == isJudgedByAccess else { return false }
        isJudgedByAccess = session.isJudgedByAccess
        fingerprints.append(record.bytes.loadUnaligned(as: UInt64.self))
        isIdle.append(session.isIdle)
        let stem = session.stem(of: record)
        let frame = layout.sessionKeys[session.template].frame
        keys.append(frame.head, stem, frame.tail)
        cursor = ahead
        return true
    }
}
