import Foundation
import TestSupport

/// Somebody who types what a page says, at a terminal of 80 columns, in a folder of their own, before a server with the
/// demo's data in it.
final class Reader {
    private let redis: PrivateRedis
    private let folder: TemporaryFolder
    private let environment: [String: String]

    /// The server that the pages name stands for the private one.
    private static let server = "redis://localhost:6379/0"
    private var url: String { "redis://127.0.0.1:\(redis.port ?? 0)/0" }

    init(locale: String) throws {
        redis = try PrivateRedis(listensOnPort: true)
        folder = try TemporaryFolder()
        let client = try redis.client()
        let script = Bytes(stringLiteral: try Repository.text("Tests/Demo/application.lua"))
        for first in stride(from: 1, to: 4_000, by: 500) {
            try client.call(["EVAL", script, "0", "\(first)", "\(first + 499)"])
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("session-janitor"), withDestinationPath: JanitorProcess.binary)
        environment = [
            "PATH": "\(folder.path):/usr/bin:/bin", "HOME": folder.path, "LC_ALL": locale, "NO_COLOR": "1",
            "REDIS_URL": "redis://127.0.0.1:\(redis.port ?? 0)/0",
        ]
    }

    func hasFile(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.file(name)) }

    /// Types a command, says yes when asked, and reads what the terminal shows.
    func type(_ command: String) throws -> (status: Int, screen: [String]) {
        let terminal = try PseudoTerminal()
        let script = """
            stty cols 80 rows 24
            cd "$HOME"
            \(command.replacing(Reader.server, with: url))
            echo "ended with $?"
            """
        let shell = try ChildProcess(
            "/usr/bin/setsid", ["--ctty", "/bin/sh", "-c", script], environment: environment, input: terminal.device,
            output: terminal.device, error: terminal.device)
        var questions = 0
        let end = /ended with (\d+)\n/
        try Deadline.wait(for: "the end of \(command)") {
            let text = terminal.text
            let asked = text.ranges(of: "[y/N]").count
            if asked > questions, text.hasSuffix("[y/N] ") {
                questions = asked
                try terminal.type("y\n")
            }
            return text.contains(end)
        }
        _ = shell.waitForEnd(within: .seconds(10))
        let text = terminal.text
        guard let match = text.firstMatch(of: end), let status = Int(match.1) else {
            throw SupportError("no status of \(command): \(text)")
        }
        return (status, screen(text[..<match.range.lowerBound]))
    }

    /// Runs a script as cron runs a job, or as a shell runs a file; returns what would be cron's mail.
    func run(_ script: String, setting variables: [String: String] = [:]) throws -> (
        status: ChildProcess.Ending?, output: String
    ) {
        var environment = environment.merging(variables.mapValues { $0.replacing(Reader.server, with: url) }) { $1 }
        if let path = variables["PATH"] { environment["PATH"] = "\(folder.path):\(path)" }
        let file = folder.file("output")
        let words = "cd \"$HOME\"\n{ \(script.replacing(Reader.server, with: url))\n} >\"\(file)\" 2>&1"
        let shell = try ChildProcess("/bin/sh", ["-e", "-c", words], environment: environment)
        let status = shell.waitForEnd(within: .seconds(60))
        return (status, (try? String(contentsOfFile: file, encoding: .utf8)) ?? "")
    }

    /// What stays on the screen, with the pages' server, time and durations.
    private func screen(_ text: Substring) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            // A bar of progress is drawn over.
            let shown = line.ranges(of: "\u{1b}[K").last.map { line[$0.upperBound...] } ?? line
            return String(shown).replacing(url, with: Reader.server)
                .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "2026-11-21T02:00:00Z")
                .replacing(/\d+\.\d+ (s|秒)/) { "0.05 \($0.1)" }
                .replacing(/Redis \d+\.\d+\.\d+/, with: "Redis 7.0.15")
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }
}
