/// Takes the text of a key template apart.
struct KeyTemplateReader {
    let source: String
    let prefix: String
    private(set) var names: [String] = []
    private(set) var literals: [[UInt8]] = [[]]
    private(set) var patterns: [VariablePattern?] = []

    init(source: String, prefix: String) {
        self.source = source
        self.prefix = prefix
    }

    mutating func read() throws(KeyTemplateError) {
        var rest = source[...]
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literals[literals.count - 1].append(contentsOf: character.utf8)
            case "{":
                try readVariable(&rest)
            case "}":
                throw .unbalancedBrace(template: source)
            default:
                literals[literals.count - 1].append(contentsOf: character.utf8)
            }
        }
    }

    /// The opening brace is taken already. A pattern may hold braces of its own, in pairs.
    private mutating func readVariable(_ rest: inout Substring) throws(KeyTemplateError) {
        var depth = 1
        var content = ""
        while depth > 0 {
            guard let character = rest.popFirst() else { throw .unbalancedBrace(template: source) }
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == "\\", let escaped = rest.popFirst() {
                content += "\\\(escaped)"
            } else if depth > 0 {
                content.append(character)
            }
        }
        let parts = content.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        if name == "prefix", parts.count == 1 {
            literals[literals.count - 1].append(contentsOf: prefix.utf8)
            return
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x61...0x7a).contains($0) }), name != "prefix" else {
            throw .invalidVariable(template: source, name: name)
        }
        guard !names.contains(name) else { throw .repeatedVariable(template: source, name) }
        names.append(name)
        patterns.append(parts.count == 2 ? try VariablePattern(String(parts[1]), template: source) : nil)
        literals.append([])
    }
}
