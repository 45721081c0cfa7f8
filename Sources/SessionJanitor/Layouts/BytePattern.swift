/// A regular expression of the simple kind, one set of characters after another, matched on bytes without a String.
struct BytePattern: Sendable {
    /// Characters of a set, one after another.
    struct Item: Equatable, Sendable {
        var set: ByteSet
        var least = 1
        /// `Int.max` where there is no limit.
        var most = 1
    }

    /// Whether a set has characters beyond ASCII, too: `false` on a text that has some means nothing then.
    let takesOthers: Bool
    let items: [Item]

    /// Nil if the expression is of another kind, or a byte does not tell which item it belongs to: then taking as much as
    /// possible, item after item, is not all that has to be tried.
    init?(_ source: String) {
        var reader = BytePatternReader(source)
        guard reader.read(), BytePattern.isDecided(reader.items) else { return nil }
        items = reader.items
        takesOthers = reader.takesOthers
    }

    /// What follows an item of variable length may take none of its characters.
    private static func isDecided(_ items: [Item]) -> Bool {
        for (place, item) in items.enumerated() where item.least != item.most {
            for follower in items[(place + 1)...] {
                guard item.set.isDisjoint(with: follower.set) else { return false }
                if follower.least > 0 { break }
            }
        }
        return true
    }

    /// Goes along a text and tells at each byte whether what it has seen is of the kind.
    struct Run {
        private let items: [Item]
        private(set) var item = 0
        private var count = 0

        init(_ pattern: BytePattern) {
            items = pattern.items
        }

        /// False if nothing that begins like this is of the kind.
        mutating func take(_ byte: UInt8) -> Bool {
            while item < items.count {
                if count < items[item].most, items[item].set.contains(byte) {
                    count += 1
                    return true
                }
                guard count >= items[item].least else { return false }
                item += 1
                count = 0
            }
            return false
        }

        var isComplete: Bool {
            item == items.count || (count >= items[item].least && items[(item + 1)...].allSatisfy { $0.least == 0 })
        }

        /// Whether the item in hand may come as often as it likes from here on: then what has been seen does not count.
        var isUnbounded: Bool {
            item < items.count && items[item].most == .max && count >= items[item].least
        }
    }

    /// Whether all of the text is ASCII and of this kind.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        for item in items {
            let end = item.most < text.count - position ? position + item.most : text.count
            let start = position
            while position < end, item.set.contains(text[position]) { position += 1 }
            guard position - start >= item.least else { return false }
        }
        return position == text.count
    }
}
