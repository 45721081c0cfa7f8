import RedisClient

/// Tells which sessions a cluster keeps in another slot than the sorted sets that have their dates.
///
/// Nothing sees both at one moment. If such a session were taken out, a score that has changed since would have to bring it
/// back; but whether its user has ended it meanwhile could not be told any more, and an ended session must not come back.
enum ScoredSlots {
    private static let sessionsEach = 1_000

    /// How many of these sessions are apart from one of their sorted sets.
    static func countApart(_ sessions: ByteLog, _ layout: Layout) -> Int {
        var scores = ScoreReader(layout)
        var cursor = ByteLog.Cursor()
        var sets = CommandArguments()
        var apart = 0
        while true {
            var batch = SessionBatch()
            while batch.keys.count < sessionsEach, batch.takeNext(of: sessions, &cursor, layout) {}
            guard batch.keys.count > 0 else { return apart }
            // Those go for what their own key tells.
            guard !batch.isJudgedByAccess else { continue }
            for index in 0..<batch.keys.count {
                let slot = batch.keys.withArgument(index) { HashSlot.of($0) }
                sets.removeAll()
                scores.append(index, of: batch.keys, sets: &sets) { _ in }
                let isApart = (0..<sets.count).contains { sets.withArgument($0) { HashSlot.of($0) } != slot }
                if isApart { apart += 1 }
            }
        }
    }
}
