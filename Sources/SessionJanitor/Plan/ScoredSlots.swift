import RedisClient

/// Tells which sessions a cluster keeps in another slot than the sorted sets that have their dates.
///
/// Nothing sees both at one moment. If such a session were taken out, a score that has changed since would have to bring it
/// back; but whether its user has ended it meanwhile could not be told any more, and an ended session must not come back.
enum ScoredSlots {
    /// How many of these sessions are apart from one of their sorted sets.
    static func countApart(_ sessions: ByteLog, _ layout: Layout) -> Int {
        var scores = ScoreReader(layout)
        var cursor = ByteLog.Cursor()
        var key = CommandArguments()
        var sets = CommandArguments()
        var apart = 0
        while let record = sessions.next(&cursor) {
            let session = ExpiredSession(tag: record.tag)
            // Those go for what their own key tells.
            guard !session.isJudgedByAccess else { continue }
            let frame = layout.sessionKeys[session.template].frame
            key.removeAll()
            key.append(frame.head, session.stem(of: record), frame.tail)
            sets.removeAll()
            scores.append(0, of: key, sets: &sets) { _ in }
            let slot = key.withArgument(0) { HashSlot.of($0) }
            if (0..<sets.count).contains(where: { sets.withArgument($0) { HashSlot.of($0) } != slot }) { apart += 1 }
        }
        return apart
    }
}
