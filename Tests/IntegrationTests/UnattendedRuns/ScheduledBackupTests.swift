import TestSupport
import Testing

/// The backups of unattended runs.
struct ScheduledBackupTests {
    private let appauth: Appauth
    private let folder: TemporaryFolder

    init() throws {
        appauth = try Appauth.withOrphan()
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
