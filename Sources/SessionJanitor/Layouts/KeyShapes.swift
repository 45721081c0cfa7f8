/// The forms that keys have, such as `session:{uuid}`: what is the same in many of them, and no id.
struct KeyShapes {
    private struct Form: Hashable {
        let segments: [String]
        let type: String?
    }

    /// How often a segment stands at its place after the same first one.
    private var segments: [[String]: Int] = [:]
    private var counts: [Form: Int] = [:]

    private static let most = 10
    /// A word is part of the form if so many keys have it, and no smaller share of those that begin alike.
    private static let fewest = 3
    private static let leastShare = 0.05

    mutating func add(_ key: [UInt8], type: String?) {
        // What is longer is no name of anything.
        let texts = key.prefix(1_000).split(
            separator: UInt8(ascii: ":"), maxSplits: 8, omittingEmptySubsequences: false
        )
        .map { String(validating: $0, as: UTF8.self) ?? "\u{fffd}" }
        counts[Form(segments: texts, type: type), default: 0] += 1
        for (place, text) in texts.enumerated() { segments[[texts[0], String(place), text], default: 0] += 1 }
    }

    func commonest() -> [LayoutDetection.Shape] {
        var shapes: [Form: Int] = [:]
        for (form, count) in counts {
            let texts = form.segments.enumerated().map { place, text in
                isFixed(text, place, form.segments) ? text : KeyShapes.generalized(text)
            }
            shapes[Form(segments: [texts.joined(separator: ":")], type: form.type), default: 0] += count
        }
        return shapes.map { LayoutDetection.Shape(shape: $0.segments[0], type: $0.type, count: $1) }
            .sorted { $0.count != $1.count ? $0.count > $1.count : $0.shape < $1.shape }
            .prefix(KeyShapes.most).map(\.self)
    }

    private func isFixed(_ text: String, _ place: Int, _ all: [String]) -> Bool {
        let isWord = KeyShapes.isWord(text)
        guard KeyShapes.variable(text) == nil, isWord || text.utf8.count <= 4 else { return false }
        if place == 0 { return all.count > 1 && isWord }
        let alike = segments[[all[0], "0", all[0]]] ?? 0
        let own = segments[[all[0], String(place), text]] ?? 0
        return own >= KeyShapes.fewest && Double(own) >= KeyShapes.leastShare * Double(alike)
    }

    /// What stands after a name, as in `starsessions.{32 hex}`, or all of it.
    private static func generalized(_ text: String) -> String {
        if let mark = text.lastIndex(where: { "._-".contains($0) }), isWord(text[...mark]),
            // A token may hold such marks itself.
            let name = variable(String(text[text.index(after: mark)...])),
            name.hasSuffix(" hex}") || variable(text) == nil
        {
            return text[...mark] + name
        }
        return variable(text) ?? (text.isEmpty ? "" : "{text}")
    }

    /// A name for what looks like an id.
    private static func variable(_ text: String) -> String? {
        let bytes = text.utf8
        func isMade(of set: ByteSet) -> Bool { bytes.allSatisfy { set.contains(byte: $0) } }
        if !bytes.isEmpty, isMade(of: .digits) { return "{digits}" }
        let groups = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
        if groups == [8, 4, 4, 4, 12], isMade(of: hexadecimal.union(ByteSet("-".utf8))) { return "{uuid}" }
        if bytes.count >= 8, isMade(of: hexadecimal) { return "{\(bytes.count) hex}" }
        let hasDigits = bytes.contains { ByteSet.digits.contains(byte: $0) }
        return bytes.count >= 16 && hasDigits && isMade(of: tokens) ? "{\(bytes.count) base64}" : nil
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 40 && text.utf8.allSatisfy { words.contains(byte: $0) }
    }

    private static let hexadecimal = ByteSet.digits.union(ByteSet("abcdefABCDEF".utf8))
    private static let tokens = ByteSet.word.union(ByteSet("-+/=".utf8))
    private static let words = ByteSet.word.subtracting(.digits).union(ByteSet(".-".utf8))
}
