import Foundation
import TestSupport

/// A page of the documentation as its reader uses it: its commands, and what stands below them.
struct FrontPage {
    /// What stands between two fences.
    struct Block {
        /// The word behind the opening fence, such as `console`.
        let kind: String
        var lines: [String]
    }

    /// A command of a `console` block with the output below it.
    struct Example {
        let command: String
        var output: [String]

        /// Whether this is what the page shows; a line `…` stands for any lines.
        func matches(_ screen: [String]) -> Bool {
            let parts = output.split(separator: "…", omittingEmptySubsequences: false)
            guard let first = parts.first, let last = parts.last, parts.count > 1 else { return output == screen }
            guard screen.starts(with: first), screen.suffix(last.count) == last else { return false }
            var rest = screen.dropFirst(first.count).dropLast(last.count)
            for part in parts.dropFirst().dropLast() {
                guard let range = rest.firstRange(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
            return true
        }
    }

    private let file: String
    private var parts: [(text: [String], block: Block?)] = []

    init(_ file: String) throws {
        self.file = file
        var text: [String] = []
        var block: Block?
        for line in try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        {
            if line.hasPrefix("```") {
                if let ended = block {
                    parts.append((text, ended))
                    (text, block) = ([], nil)
                } else {
                    block = Block(kind: String(line.dropFirst(3)), lines: [])
                }
            } else if block != nil {
                block?.lines.append(line)
            } else {
                text.append(line)
            }
        }
        parts.append((text, nil))
    }

    var blocks: [Block] { parts.compactMap(\.block) }

    /// Puts others in the place of all blocks.
    mutating func replace(_ blocks: [Block]) {
        for (index, block) in blocks.enumerated() { parts[index].block = block }
    }

    func save() throws {
        let lines = parts.flatMap { part in
            part.text + (part.block.map { ["```" + $0.kind] + $0.lines + ["```"] } ?? [])
        }
        try lines.joined(separator: "\n").write(toFile: Repository.path(file), atomically: true, encoding: .utf8)
    }
}

extension FrontPage.Block {
    /// Lines that begin with `$ ` are commands.
    var examples: [FrontPage.Example] {
        get {
            var examples: [FrontPage.Example] = []
            for line in lines {
                if line.hasPrefix("$ ") {
                    examples.append(FrontPage.Example(command: String(line.dropFirst(2)), output: []))
                } else if !examples.isEmpty {
                    examples[examples.count - 1].output.append(line)
                }
            }
            return examples
        }
        set {
            lines = newValue.flatMap { ["$ " + $0.command] + $0.output }
        }
    }
}
