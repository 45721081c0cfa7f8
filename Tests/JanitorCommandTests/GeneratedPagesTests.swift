import Foundation
import Testing

@testable import JanitorCommand

struct GeneratedPagesTests {
    @Test
    func `the manual page names every command, option, variable and status`() {
        let page = ManualPage(language: .english).text.replacing("\\-", with: "-")
        for option in Option.all { #expect(page.contains(option.name)) }
        for command in Command.allCases { #expect(page.contains(".B \(command.rawValue)\n")) }
        for name in ["REDIS_URL", "REDIS_HOST", "CLEANUP_INCLUDE_EXPIRED", "NO_COLOR"] { #expect(page.contains(name)) }
        for status in 0...5 { #expect(page.contains(".B \(status)\n")) }
    }

    @Test
    func `no line of the manual page is a request by accident`() {
        let known = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR", ".br"]
        let text = Language.allCases.map { ManualPage(language: $0).text }.joined()
        for line in text.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(known.contains(String(line.prefix { $0 != " " })))
        }
    }

    @Test(arguments: Shell.allCases)
    func `each completion knows every command and every option`(shell: Shell) {
        let script = CompletionScript.text(shell, .english)
        for command in Command.allCases { #expect(script.contains(command.rawValue)) }
        for option in Option.all { #expect(script.contains(option.name.dropFirst(2))) }
    }

    @Test(arguments: [
        (["layouts", "fl"], ["flask"]), (["--layout", "fl"], ["flask"]), (["--layout", "=", "fl"], ["flask"]),
        (["--layout=fl"], ["--layout=flask"]), (["restore", "back"], ["backup.jsonl"]),
        (["apply", "ba"], ["backup.jsonl"]),
        (["--backup", "ba"], ["backup.jsonl"]), (["restore", "--ent"], ["--entries-without-session"]),
        (["completion", "fi"], ["fish"]), (["help", "ur"], ["urls"]), (["--color", "al"], ["always"]),
        (["lay"], ["layouts"]),
    ])
    func `bash completes commands, what they take, options and their values`(words: [String], expected: [String]) throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sj-completion-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appending(path: "backup.jsonl"))
        let script = """
            \(CompletionScript.text(.bash, .english))
            compopt() { :; }
            COMP_WORDS=(session-janitor "$@") COMP_CWORD=$#
            _session_janitor
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let bash = Process()
        bash.executableURL = URL(filePath: "/bin/bash")
        bash.arguments = ["-c", script, "bash"] + words
        bash.currentDirectoryURL = folder
        let output = Pipe()
        bash.standardOutput = output
        try bash.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        bash.waitUntilExit()
        #expect(text.split(separator: "\n").map(String.init) == expected)
    }

    @Test
    func `completion wants one shell that it knows`() throws {
        #expect(try Arguments(["completion", "fish"]).operand == "fish")
        #expect(throws: UsageError.self) { try Arguments(["completion"]) }
        #expect(throws: UsageError.self) { try Arguments(["completion", "csh"]) }
        #expect(throws: UsageError.self) { try Arguments(["completion", "bash", "zsh"]) }
    }
}
