import FoundationEssentials

/// A JSON value, read as far as a layout wants to look into it.
enum JSONTree: Decodable {
    case object([String: JSONTree])
    case number(Double)
    case text(String)
    case other

    /// An object; nil if the bytes are none.
    static func object(_ bytes: UnsafeRawBufferPointer) -> JSONTree? {
        guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(bytes)), case .object = tree,
            case let outline = ObjectOutline(bytes), !outline.hasTrailingComma, !outline.hasBrokenScalar
        else { return nil }
        return tree
    }

    /// What stands at the end of a path of names.
    subscript(path: [String]) -> JSONTree? {
        var tree: JSONTree? = self
        for name in path {
            guard case .object(let members) = tree else { return nil }
            tree = members[name]
        }
        return tree
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Name.self) {
            var members: [String: JSONTree] = [:]
            for key in container.allKeys { members[key.stringValue] = try container.decode(JSONTree.self, forKey: key) }
            self = .object(members)
        } else if var array = try? decoder.unkeyedContainer() {
            while !array.isAtEnd { _ = try array.decode(JSONTree.self) }
            self = .other
        } else {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() || (try? single.decode(Bool.self)) != nil {
                self = .other
            } else if let number = try? single.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try single.decode(String.self))
            }
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
