/// The score of a member as Redis writes it.
enum RedisScore {
    /// Nil for what is no score.
    static func number(_ text: UnsafeRawBufferPointer) -> Double? {
        Double(String(decoding: text, as: UTF8.self))
    }

    /// Read again, by Redis or by us, it is the same number.
    static func text(_ score: Double) -> String {
        score.description
    }
}
