@testable import RedisClient

/// One node of a reply, copied out so that it can be compared.
enum ReplyNode: Equatable {
    case string([UInt8])
    case status(String)
    case error(String)
    case integer(Int)
    case null
    case array(Int)

    static func string(_ text: String) -> ReplyNode { .string(Array(text.utf8)) }
}

extension Reply {
    var copiedNodes: [ReplyNode] {
        (0..<count).map { index in
            switch kind(index) {
            case .string: .string(Array(bytes(index)))
            case .status: .status(text(index))
            case .error: .error(text(index))
            case .integer: .integer(integer(index))
            case .null: .null
            case .array: .array(integer(index))
            }
        }
    }
}

extension ReplyReader {
    func feed(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { feed($0) }
    }
}
