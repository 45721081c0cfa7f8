/// A reply as a test wants to compare it.
public enum RedisValue: Hashable, Sendable {
    case string(Bytes)
    case status(String)
    case error(String)
    case integer(Int)
    case null
    case array([RedisValue])

    /// The bytes of a string; nil for anything else.
    public var bytes: Bytes? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// The text of a string, status or error.
    public var text: String? {
        switch self {
        case .string(let bytes): bytes.text
        case .status(let text), .error(let text): text
        default: nil
        }
    }

    public var integer: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    public var elements: [RedisValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The elements that are strings.
    public var strings: [Bytes] { elements.compactMap(\.bytes) }
}
