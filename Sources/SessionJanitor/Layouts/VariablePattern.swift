/// What a variable of a key template may take: a regular expression, compiled once and matched against all of it.
///
/// A key's bytes are matched as they are where the expression allows it; Swift's own decides the rest, and on text
/// beyond ASCII: it sees Unicode's characters, and none in bytes that are not UTF-8.
///
/// Swift's tries one division after another, so that its time can grow with a power of the length, and without a bound
/// where a group is repeated: it gets no such expression, and no value of more than ``expressionLimit`` bytes.
///
/// `@unchecked`: a compiled expression is never changed, and Swift's says nothing of threads only because it may hold
/// closures, which one that was read from text does not.
final class VariablePattern: Equatable, @unchecked Sendable {
    let source: String
    private let expression: Regex<AnyRegexOutput>
    let bytePattern: BytePattern?

    static let expressionLimit = 256

    init(_ source: String, template: String) throws(KeyTemplateError) {
        guard !VariablePattern.repeatsGroup(source),
            let expression = try? Regex(source).matchingSemantics(.unicodeScalar)
        else { throw .invalidPattern(template: template, pattern: source) }
        self.source = source
        self.expression = expression
        bytePattern = BytePattern(source)
    }

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let bytePattern {
            if bytePattern.matches(bytes) { return true }
            guard bytePattern.takesOthers, bytes.contains(where: { $0 >= 0x80 }) else { return false }
        }
        return bytes.count <= VariablePattern.expressionLimit && matchesExpression(bytes)
    }

    /// What the expression itself says, by which all else is measured.
    func matchesExpression(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }

    /// Whether a group is followed by how often it may come.
    private static func repeatsGroup(_ source: String) -> Bool {
        let withoutClasses = source.replacing(/(?s)\\.|\[(?:\\.|[^\]\\])*\]/, with: "x")
        return withoutClasses.contains(/\)[+*{]/)
    }

    static func == (one: VariablePattern, other: VariablePattern) -> Bool {
        one.source == other.source
    }
}

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

    private static let countLimit = 1_000_000

    /// A character or a class, with how often it may come: what is written otherwise, from groups to anchors, is left to
    /// Swift's own, and so is what its syntax might see in another light.
    private static var part: Regex<(Substring, atom: Substring, sign: Substring?, Substring?, Substring?, Substring?)> {
        #/
        (?<atom>
            [\w\-:;,@=!%\/<>'"\ ] | \. | \\[dw\\^$.|?*+()\[\]\{\}\-\/:@]
            # A class; a hyphen stands for itself at an end, and what begins with a colon may be the name of a class.
            | \[ \^? (?![\]:]) (?: -(?!-) )?
                (?: \\[dw\\^$.|?*+()\[\]\{\}\-\/:@](?!-)
                    | [\w:;,@=!%\/<>'"\ .+*?$()|\{\}] (?: -[\w:;,@=!%\/<>'"\ ] | (?!-(?!\])) )
                )* -? \]
        )
        (?: (?<sign>[+*?]) | \{ (\d+) (,)? (\d+)? \} )?
        # Two of them change each other's meaning.
        (?! [+*?\{] )
        /#.asciiOnlyCharacterClasses()
    }

    /// Nil if the expression is of another kind, or a byte does not tell which item it belongs to: then taking as much as
    /// possible, item after item, is not all that has to be tried.
    init?(_ source: String) {
        var items: [Item] = []
        var takesOthers = false
        var rest = source[...]
        let part = BytePattern.part
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: part), let set = ByteSet(atom: match.atom) else {
                return nil
            }
            var item = Item(set: set)
            switch (match.sign, match.3.map { Int($0) }) {
            case ("+", _): item.most = .max
            case ("*", _): (item.least, item.most) = (0, .max)
            case ("?", _): item.least = 0
            case (_, let least?):
                item.least = least ?? .max
                item.most = match.5.map { Int($0) ?? .max } ?? (match.4 == nil ? item.least : .max)
                guard item.least <= min(item.most, BytePattern.countLimit),
                    match.5 == nil || item.most <= BytePattern.countLimit
                else { return nil }
            default: break
            }
            items.append(item)
            takesOthers = takesOthers || [".", "[^", "\\d", "\\w"].contains { match.atom.contains($0) }
            rest = rest[match.range.upperBound...]
        }
        guard BytePattern.isDecided(items) else { return nil }
        self.items = items
        self.takesOthers = takesOthers
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

    /// Whether all of the text is ASCII and of this kind.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        for item in items {
            let end = item.most < text.count - position ? position + item.most : text.count
            let start = position
            while position < end, item.set.contains(byte: text[position]) { position += 1 }
            guard position - start >= item.least else { return false }
        }
        return position == text.count
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
                if count < items[item].most, items[item].set.contains(byte: byte) {
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
}

/// A set of ASCII bytes; no other byte is ever in it.
struct ByteSet: OptionSet, Sendable {
    let rawValue: UInt128

    init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// What a part of a regular expression takes that stands for one character; nil if it is none.
    init?(atom: Substring) {
        self.init()
        if atom.utf8.count == 1, let byte = atom.utf8.first, byte != UInt8(ascii: ".") {
            formUnion(ByteSet([byte]))
            return
        }
        guard let expression = try? Regex(String(atom)).matchingSemantics(.unicodeScalar) else { return nil }
        let ascii = String(decoding: UInt8(0)..<0x80, as: UTF8.self)
        for match in ascii.matches(of: expression) {
            formUnion(ByteSet(ascii.utf8[match.range]))
        }
    }

    /// `bytes` have to be ASCII.
    init(_ bytes: some Sequence<UInt8>) {
        self.init(rawValue: bytes.reduce(0) { $0 | 1 << UInt128($1) })
    }

    static let digits = ByteSet("0123456789".utf8)
    static let word = digits.union(ByteSet("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8))

    @inline(__always)
    func contains(byte: UInt8) -> Bool {
        byte < 0x80 && rawValue >> UInt128(byte) & 1 != 0
    }
}
