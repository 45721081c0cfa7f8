/// Takes a regular expression apart that is a sequence of characters and classes, with how often each may come.
///
/// Anything else, from groups to anchors, is left to Swift's own, and so is what its syntax might see in another light.
struct BytePatternReader {
    private(set) var items: [BytePattern.Item] = []
    /// Whether a class has characters beyond ASCII.
    private(set) var takesOthers = false
    private var rest: Substring.UTF8View

    private static let literals = ByteSet.word.union(ByteSet("-:;,@=!%/<>'\" ".utf8))
    /// What stands for itself behind a backslash.
    private static let escapable = ByteSet("\\^$.|?*+()[]{}-/:@".utf8)
    private static let countLimit = 1_000_000

    init(_ source: String) {
        rest = Substring(source).utf8
    }

    /// False if the expression is of another kind.
    mutating func read() -> Bool {
        while !rest.isEmpty {
            guard let set = readSet(), case var item = BytePattern.Item(set: set), readCount(&item) else {
                return false
            }
            items.append(item)
        }
        return true
    }

    private mutating func readSet() -> ByteSet? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "["): return readClass()
        case UInt8(ascii: "\\"): return readEscape()
        case UInt8(ascii: "."):
            takesOthers = true
            return ByteSet("\n\u{b}\u{c}\r".utf8).inverted
        default: return BytePatternReader.literals.contains(byte) ? ByteSet([byte]) : nil
        }
    }

    /// What stands behind a backslash.
    private mutating func readEscape() -> ByteSet? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "d"), UInt8(ascii: "w"):
            takesOthers = true
            return byte == UInt8(ascii: "d") ? .digits : .word
        default: return BytePatternReader.escapable.contains(byte) ? ByteSet([byte]) : nil
        }
    }

    /// A class after its opening bracket.
    private mutating func readClass() -> ByteSet? {
        let isInverted = rest.first == UInt8(ascii: "^")
        if isInverted {
            rest.removeFirst()
            takesOthers = true
        }
        // What begins like this may be the name of a class.
        guard rest.first != UInt8(ascii: ":") else { return nil }
        var set = ByteSet()
        var isEmpty = true
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]") {
                guard !isEmpty else { return nil }
                return isInverted ? set.inverted : set
            }
            guard let element = readElement(byte, isFirst: isEmpty) else { return nil }
            set = set.union(element)
            isEmpty = false
        }
        return nil
    }

    /// A character, a range or an escape of a class; a hyphen stands for itself at an end.
    private mutating func readElement(_ byte: UInt8, isFirst: Bool) -> ByteSet? {
        if byte == UInt8(ascii: "\\") { return rest.dropFirst().first == UInt8(ascii: "-") ? nil : readEscape() }
        if byte == UInt8(ascii: "-") {
            let isLast = rest.first == UInt8(ascii: "]")
            return isLast || (isFirst && rest.first != byte) ? ByteSet([byte]) : nil
        }
        guard BytePatternReader.literals.contains(byte) || ".+*?$()|{}".utf8.contains(byte) else { return nil }
        guard rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first, end != UInt8(ascii: "]") else {
            return ByteSet([byte])
        }
        guard BytePatternReader.literals.contains(end), end != UInt8(ascii: "-"), byte <= end else { return nil }
        rest.removeFirst(2)
        return ByteSet(byte...end)
    }

    // MARK: How often

    private mutating func readCount(_ item: inout BytePattern.Item) -> Bool {
        switch rest.first {
        case UInt8(ascii: "+"): item.most = .max
        case UInt8(ascii: "*"): (item.least, item.most) = (0, .max)
        case UInt8(ascii: "?"): item.least = 0
        case UInt8(ascii: "{"): return readBraces(&item)
        default: return true
        }
        rest.removeFirst()
        return !isQuantifierNext
    }

    /// Two quantifiers on end change each other's meaning.
    private var isQuantifierNext: Bool { rest.first.map("+*?{".utf8.contains) ?? false }

    private mutating func readBraces(_ item: inout BytePattern.Item) -> Bool {
        rest.removeFirst()
        guard let least = readNumber() else { return false }
        item.least = least
        item.most = least
        if rest.first == UInt8(ascii: ",") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "}") {
                item.most = .max
            } else {
                guard let most = readNumber(), most >= least else { return false }
                item.most = most
            }
        }
        guard rest.popFirst() == UInt8(ascii: "}") else { return false }
        return !isQuantifierNext
    }

    private mutating func readNumber() -> Int? {
        let digits = rest.prefix { ByteSet.digits.contains($0) }
        rest.removeFirst(digits.count)
        return Int(Substring(digits)).flatMap { $0 <= BytePatternReader.countLimit ? $0 : nil }
    }
}
