import Foundation
import TestSupport
import Testing

/// The backups of unattended runs.
@Suite(.waiting) struct ScheduledBackupTests {
    private let appauth: Store
    private let folder: TemporaryFolder

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> JanitorResult {
        try JanitorProcess.run(
            ["scheduled", "--grace", "0"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
    }

    @Test func `each run that removes something leaves a backup, and the newest are kept`() throws {
        for number in 0..<3 {
            try appauth.list("orphan \(number)")
            let result = try run("--backup-dir", folder.path, "--backup-keep", "2")
            #expect(result.status == .exited(0))
            #expect(result.isSilent)
        }
        #expect(try run("--backup-dir", folder.path, "--backup-keep", "2").status == .exited(0))
        let names = try Unattended.names(folder)
        #expect(names.count == 2)
        for name in names { #expect(try Unattended.mode(folder.file(name)) == 0o600) }
        let result = try appauth.run("restore", folder.file(names[1]), "--entries-without-session")
        #expect(result.status == .exited(0))
        #expect(try appauth.listed() == ["living", "orphan 2"])
    }

    @Test func `runs that fail leave no backup and delete none`() throws {
        try #expect(run("--backup-dir", folder.path, "--backup-keep", "1").status == .exited(0))
        let before = try Unattended.names(folder)
        #expect(before.count == 1)
        try appauth.list("orphan")
        let unreachable = try JanitorProcess.run(
            ["scheduled", "--backup-dir", folder.path, "--backup-keep", "1"],
            environment: ["REDIS_URL": "redis://127.0.0.1:1"])
        #expect(unreachable.status == .exited(1))
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        #expect(try run("--backup-dir", folder.path, "--backup-keep", "1").status == .exited(5))
        try appauth.client.call("DEL", Unattended.lockKey)
        #expect(
            try run("--backup-dir", folder.path, "--backup-keep", "1", "--max-removals", "0").status == .exited(4))
        #expect(try Unattended.names(folder) == before)
    }

    @Test func `a run keeps its own backup, whatever the dates of others are`() throws {
        #expect(try run("--backup-dir", folder.path).status == .exited(0))
        let first = try #require(try Unattended.names(folder).first)
        let later = "session-janitor-20990101T000000Z-1.jsonl"
        try FileManager.default.moveItem(atPath: folder.file(first), toPath: folder.file(later))
        try appauth.list("another orphan")
        #expect(try run("--backup-dir", folder.path, "--backup-keep", "1").status == .exited(0))
        let names = try Unattended.names(folder)
        #expect(names.count == 1)
        #expect(names != [later])
        #expect(try Unattended.text(folder.file(names[0])).contains("another orphan"))
    }

    @Test func `the log names the backup`() throws {
        let log = folder.file("log")
        #expect(try run("--backup-dir", folder.path, "--log-file", log).status == .exited(0))
        let lines = try Unattended.lines(log).filter { $0.contains(" backup file=") }
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("keys=0 entries=1") == true)
    }

    @Test func `a folder that is missing is a failure, and nothing is removed`() throws {
        let result = try run("--backup-dir", folder.file("none"))
        #expect(result.status == .exited(1))
        #expect(result.error.contains("cannot be created"))
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test(arguments: [
        ["--backup-keep", "2"], ["--backup-dir", "x", "--backup-keep", "0"], ["--backup-dir", "x", "--backup", "y"],
    ])
    func `options that make no sense together are refused`(arguments: [String]) throws {
        let result = try JanitorProcess.run(
            ["scheduled"] + arguments, environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(2))
    }
}
