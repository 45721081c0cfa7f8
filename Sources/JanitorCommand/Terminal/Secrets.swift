/// Hides the secrets in whatever looks like a URL: user and password, passwords in the query, and the path of a web
/// address, which is the whole secret of a monitor.
///
/// All that is printed, logged or written for others goes through here, so no caller has to think of it. It errs on the
/// safe side, and hides too much rather than too little. What is hidden already stays as it is.
enum Secrets {
    /// What is known about where a URL ends.
    enum Extent {
        /// Text in which URLs stand among other words.
        case text
        /// A key, a path, somebody else's message: a user and a password in it may hold blanks and quotes.
        case value
        /// A word of the command line, or a variable: nothing but the URL, or what was meant to be one.
        case argument
    }

    static func masked(_ text: String, _ extent: Extent = .text) -> String {
        let bytes = Array(text.utf8)
        let masked = masked(bytes, extent)
        return masked == bytes ? text : String(decoding: masked, as: UTF8.self)
    }

    static func masked(_ bytes: [UInt8], _ extent: Extent) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for range in ranges(in: bytes, extent) {
            result += bytes[position..<range.lowerBound] + mask
            position = range.upperBound
        }
        return result + bytes[position...]
    }

    /// Where the secrets stand, in order.
    static func ranges(in bytes: [UInt8], _ extent: Extent) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = 0
        while let mark = bytes[position...].firstRange(of: separator) {
            let url = URLInText(bytes, mark, extent)
            found += url.secrets
            position = max(url.end, mark.upperBound)
        }
        return found.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
    }

    private static let separator = Array("://".utf8)
    fileprivate static let mask = Array("***".utf8)
}

/// One URL, and the secrets in it.
private struct URLInText {
    private let bytes: [UInt8]
    private let start: Int
    /// Where the URL ends.
    private(set) var end: Int
    private(set) var secrets: [Range<Int>] = []

    /// As the help and the messages write it.
    private static let placeholders = ["[user:password", "[user[:password]"].map { Array($0.utf8) }
    private static let needles = ["pass", "pwd", "secret", "token", "auth", "key"]

    init(_ bytes: [UInt8], _ separator: Range<Int>, _ extent: Secrets.Extent) {
        self.bytes = bytes
        start = separator.upperBound
        let scheme = bytes[..<separator.lowerBound].suffix(while: URLInText.isSchemeByte).drop {
            $0 == UInt8(ascii: "-")
        }
        let isQuoted = URLInText.isQuote(bytes, scheme.startIndex - 1)
        // A string of a report in JSON, or a quoted word, ends with its quote.
        let limit =
            extent == .text
            ? (start..<bytes.count).first { bytes[$0] == 0x0a || URLInText.isQuote(bytes, $0) } ?? bytes.count
            : bytes.count
        let word = (start..<limit).first { URLInText.isBreak(bytes, $0) } ?? limit
        // What follows a URL in a sentence is no part of it.
        let tidy =
            extent == .argument ? limit : bytes[start..<word].trimmingSuffix(while: URLInText.isPunctuation).endIndex
        end = tidy

        let isAddress = isAddress(start..<(extent == .argument ? word : tidy))
        // An absolute path has no user before it, and may hold an @.
        let isPath = start < bytes.count && bytes[start] == UInt8(ascii: "/")
        // Where the URL itself ends is certain only of an address with a path.
        let mayHoldBlanks =
            (extent != .text || isQuoted) && !(isAddress && bytes[start..<word].contains { "/?#".utf8.contains($0) })
        var mark = bytes[start..<word].lastIndex(of: UInt8(ascii: "@"))
        if mark.map({ mayHoldBlanks && !isHarmless(start..<$0) }) ?? (mayHoldBlanks || !isAddress) {
            mark = bytes[start..<limit].lastIndex(of: UInt8(ascii: "@"))
        }
        if !isPath, let mark {
            if !isHarmless(start..<mark) { secrets.append(start..<mark) }
            end = max(end, mark)
        } else if !isAddress {
            secrets.append(start..<tidy)
        }
        takePath(scheme)
        takeQuery()
    }

    private mutating func takePath(_ scheme: ArraySlice<UInt8>) {
        guard scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8),
            let slash = bytes[start..<end].firstIndex(where: { "/?#".utf8.contains($0) }), slash + 1 < end
        else { return }
        secrets.append(slash + 1..<end)
    }

    /// `?sentinel_password=` and its like.
    private mutating func takeQuery() {
        guard let mark = bytes[start..<end].firstIndex(of: UInt8(ascii: "?")) else { return }
        for parameter in bytes[(mark + 1)..<end].split(separator: UInt8(ascii: "&")) {
            guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), equals + 1 < parameter.endIndex else {
                continue
            }
            let name = String(decoding: parameter[..<equals], as: UTF8.self).lowercased()
            if URLInText.needles.contains(where: name.contains) { secrets.append(equals + 1..<parameter.endIndex) }
        }
    }

    /// `host`, `host:port`, or several of them, before a path or the like; else a user and a password may be meant.
    private func isAddress(_ range: Range<Int>) -> Bool {
        let authority = bytes[range].prefix { !"/?#".utf8.contains($0) }
        var depth = 0
        // In brackets: an IPv6 address, or what may be left out.
        let plain = authority.filter { byte in
            if byte == UInt8(ascii: "[") { depth += 1 }
            defer { if byte == UInt8(ascii: "]") { depth -= 1 } }
            return depth <= 0
        }
        return plain.split(separator: UInt8(ascii: ",")).allSatisfy { host in
            host.drop { $0 != UInt8(ascii: ":") }.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        }
    }

    /// Whether nothing is left to hide.
    private func isHarmless(_ range: Range<Int>) -> Bool {
        let text = bytes[range]
        if URLInText.placeholders.contains(where: { text.elementsEqual($0) }) { return true }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts[1].elementsEqual(Secrets.mask)
            && !parts[0].contains(where: { "@/".utf8.contains($0) })
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || "+.-".utf8.contains(byte)
    }

    /// A quote that no backslash takes the meaning from.
    private static func isQuote(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index >= 0, bytes[index] == UInt8(ascii: "\"") else { return false }
        return bytes[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }

    /// White space, and the marks of a Chinese sentence, in which there is none.
    private static func isBreak(_ bytes: [UInt8], _ index: Int) -> Bool {
        bytes[index] <= 0x20 || bytes[index...].starts(with: [0xe3, 0x80])
            || bytes[index...].starts(with: [0xef, 0xbc])
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        "'\");:,.".utf8.contains(byte)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func suffix(while isPart: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        self[(lastIndex { !isPart($0) }.map { $0 + 1 } ?? startIndex)...]
    }

    fileprivate func trimmingSuffix(while isPart: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        self[..<(lastIndex { !isPart($0) }.map { $0 + 1 } ?? startIndex)]
    }
}
