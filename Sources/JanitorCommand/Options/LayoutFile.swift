import FoundationEssentials
import Glibc
import SessionJanitor

/// A layout that is kept in a file: one option a line, as `layouts NAME` prints them, and lines of comment after `#`.
enum LayoutFile {
    /// No layout comes near it.
    private static let mostBytes = 1 << 20

    /// The options of a file, in their order.
    static func read(_ path: String) throws(UsageError) -> [Arguments.Given] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, let bytes = FileError.bytes(of: descriptor, atMost: mostBytes), bytes.count <= mostBytes
        else {
            let reason = FileError().description
            throw UsageError(
                "--layout-file: cannot read \(quoted: path): \(reason)",
                zh: "--layout-file：无法读取 \(quoted: path)：\(reason)")
        }
        var options: [Arguments.Given] = []
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let text = line.drop(while: \.isWhitespace)
            guard !text.isEmpty, text.first != "#" else { continue }
            let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" || $0.isWhitespace }
            let name = String(parts[0])
            guard LayoutOption.Name(rawValue: name) != nil || name == "--layout" || name == "--prefix" else {
                throw UsageError(
                    "\(quoted: path), line \(number + 1): \(quoted: name) is no option of a layout",
                    zh: "\(quoted: path) 第 \(number + 1) 行：\(quoted: name) 不是布局选项")
            }
            options.append(Arguments.Given(name: name, value: value(parts.count == 2 ? parts[1] : "")))
        }
        return options
    }

    /// A value as it stands in a shell: in single quotes or without any.
    private static func value(_ text: Substring) -> String {
        let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
        let word = text[..<end].drop(while: \.isWhitespace)
        guard word.count > 1, word.first == "'", word.last == "'" else { return String(word) }
        return String(word.dropFirst().dropLast()).replacing("'\\''", with: "'")
    }

    /// The lines of a layout, without a comment.
    static func text(_ options: [(name: String, value: String)]) -> String {
        options.map { "\($0.name) \(Printable.shellWord($0.value))\n" }.joined()
    }

    /// Writes a new file; what is there stays.
    static func write(_ text: String, to path: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError() }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw FileError() }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}
