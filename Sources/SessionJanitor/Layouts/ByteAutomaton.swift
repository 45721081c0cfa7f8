/// Matches a sequence of items where several ways have to be followed: all of them at once, a bit each.
///
/// One step a byte, whatever the text: nothing is ever tried again.
struct ByteAutomaton: Sendable {
    /// By byte, the places whose set it is in.
    private let places: [UInt64]
    /// The places that may be passed over, and those that take any number of bytes.
    private let optional: UInt64
    private let repeating: UInt64
    /// The bit behind the last place.
    private let end: UInt64

    private static let limit = 63

    /// Nil if the items take more places than there are bits.
    init?(_ items: [BytePattern.Item]) {
        var sets: [ByteSet] = []
        var (optional, repeating): (UInt64, UInt64) = (0, 0)
        for item in items {
            let isEndless = item.most == .max
            let further = isEndless ? 1 : item.most - item.least
            guard sets.count + item.least + further <= ByteAutomaton.limit else { return nil }
            for number in 0..<item.least + further {
                if number >= item.least { optional |= 1 << UInt64(sets.count) }
                if number >= item.least, isEndless { repeating |= 1 << UInt64(sets.count) }
                sets.append(item.set)
            }
        }
        self.optional = optional
        self.repeating = repeating
        end = 1 << UInt64(sets.count)
        places = (0..<0x80).map { byte in
            sets.enumerated().reduce(0) { $1.element.contains(UInt8(byte)) ? $0 | 1 << UInt64($1.offset) : $0 }
        }
    }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var state = skipping(1)
        for byte in text {
            guard byte < 0x80, state != 0 else { return false }
            let taken = state & places[Int(byte)]
            state = skipping(taken << 1 | taken & repeating)
        }
        return state & end != 0
    }

    /// The same places, and those behind optional ones.
    private func skipping(_ state: UInt64) -> UInt64 {
        var state = state
        while case let next = state | (state & optional) << 1, next != state { state = next }
        return state
    }
}
