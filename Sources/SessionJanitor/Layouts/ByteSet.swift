/// A set of ASCII bytes; no other byte is ever in it.
struct ByteSet: Equatable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let letters = ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z")).union(
        ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
    static let word = digits.union(letters).union(ByteSet("_".utf8))

    /// `byte` has to be ASCII.
    mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }

    func union(_ other: ByteSet) -> ByteSet {
        var set = self
        set.low |= other.low
        set.high |= other.high
        return set
    }

    /// All ASCII bytes that are not in it.
    var inverted: ByteSet {
        var set = self
        set.low = ~low
        set.high = ~high
        return set
    }

    func isDisjoint(with other: ByteSet) -> Bool {
        low & other.low | high & other.high == 0
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 0x80 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }
}
