import TestSupport

/// The bytes around the variable of a key template, written down by hand: no code of the janitor reads templates here.
struct KeyPattern: Equatable {
    var head: Bytes
    var tail: Bytes

    func key(_ value: Bytes) -> Bytes { head + value + tail }

    /// What stands between head and tail, if the key has both of them.
    func variable(in key: Bytes) -> Bytes? {
        guard key.count >= head.count + tail.count, key.raw.starts(with: head.raw),
            key.raw.reversed().starts(with: tail.raw.reversed())
        else { return nil }
        return Bytes(key.raw[head.count..<(key.count - tail.count)])
    }
}
