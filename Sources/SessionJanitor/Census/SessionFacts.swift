/// What was found out about one session.
struct SessionFacts {
    /// Nil if it ended meanwhile.
    var verdict: SessionVerdict?
    /// The fingerprint of what was judged; nil if the verdict rests on how long nobody has asked for the key.
    var fingerprint: UInt64?
    var isWithoutTTL = false
    var user: [UInt8]?
}
