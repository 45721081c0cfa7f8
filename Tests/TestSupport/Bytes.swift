/// A byte string with the comforts of a literal: keys, members and values are bytes, never assumed to be text.
public struct Bytes: Hashable, Sendable {
    public var raw: [UInt8]

    public init(_ raw: some Sequence<UInt8>) {
        self.raw = Array(raw)
    }

    public init(_ text: String) {
        raw = Array(text.utf8)
    }

    public init(_ number: Int) {
        self.init(String(number))
    }

    public var count: Int { raw.count }

    /// The text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: raw, as: UTF8.self) }

    public static func + (left: Bytes, right: Bytes) -> Bytes {
        Bytes(left.raw + right.raw)
    }
}

extension Bytes: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Bytes: Comparable {
    public static func < (left: Bytes, right: Bytes) -> Bool {
        left.raw.lexicographicallyPrecedes(right.raw)
    }
}

extension Bytes: CustomStringConvertible {
    /// Everything that is not printable ASCII as `\xNN`, so that a failure's text can be read and typed again.
    public var description: String {
        let shown = raw.prefix(160).map { byte in
            let isPlain = (0x20..<0x7f).contains(byte) && byte != UInt8(ascii: "\\")
            return isPlain ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\"" + shown.joined() + (raw.count > 160 ? "…\" (\(raw.count) bytes)" : "\"")
    }
}
