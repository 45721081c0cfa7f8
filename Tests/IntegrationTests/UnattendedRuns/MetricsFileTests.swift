import Foundation
import TestSupport
import Testing

/// How the metrics file is written: whole or not at all.
@Suite(.waiting) struct MetricsFileTests {
    private let scene: MetricsScene
    private var appauth: Store { scene.appauth }
    private var folder: TemporaryFolder { scene.folder }
    private var path: String { scene.path }

    init() throws {
        scene = try MetricsScene()
    }

    private func run(_ path: String, prelude: String? = nil) throws -> JanitorResult {
        try scene.run(["--json"], path: path, prelude: prelude)
    }

    @Test(arguments: ["022", "077", "000"])
    func `the collector, which is another user, may read it and not write it`(umask: String) throws {
        #expect(try run(path, prelude: "umask \(umask)").status == .exited(0))
        #expect(try Unattended.mode(path) == 0o644)
        // Also where an older file had another mode.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try run(path, prelude: "umask \(umask)").status == .exited(0))
        #expect(try Unattended.mode(path) == 0o644)
    }

    @Test func `it is another file each time, and nothing else is left in the folder`() throws {
        #expect(try run(path).status == .exited(0))
        let first = try FileHandle(forReadingFrom: URL(filePath: path))
        let before = try Unattended.text(path)
        try appauth.list("another orphan", "and another")
        #expect(try run(path).status == .exited(0))
        // Who was reading has the old one, whole.
        #expect(try first.readToEnd() == Data(before.utf8))
        #expect(try Unattended.text(path) != before)
        #expect(try Unattended.names(folder) == ["session_janitor.prom"])
    }

    @Test func `a folder that is missing makes the success a failure`() throws {
        let path = folder.file("missing/session_janitor.prom")
        let result = try run(path)
        expectFailure(result, "the metrics could not be written to \(path): No such file or directory")
        // The clean-up is done all the same, and its report is there.
        #expect(try RunReport(result).outcome == "completed")
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `a folder in its place makes the success a failure and leaves nothing behind`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let result = try run(path)
        expectFailure(result, "the metrics could not be written to \(path): Is a directory")
        #expect(try Unattended.names(folder) == ["session_janitor.prom"])
    }

    @Test func `a file that cannot be made leaves the old one`() throws {
        // A name to which nothing can be added: like a folder that may not be written to, but for root as well.
        let path = folder.file(String(repeating: "m", count: 255))
        try "old\n".write(toFile: path, atomically: false, encoding: .utf8)
        let result = try run(path)
        #expect(result.status == .exited(1))
        #expect(result.error.hasPrefix("session-janitor: the metrics could not be written to "))
        #expect(result.errorLines.count == 1)
        #expect(try Unattended.text(path) == "old\n")
        #expect(try Unattended.names(folder).count == 1)
    }

    @Test func `a disk that is full leaves the old file and nothing else`() throws {
        #expect(try run(path).status == .exited(0))
        let before = try Unattended.text(path)
        // No file beyond a kilobyte: like a full disk, the write ends halfway.
        let result = try run(path, prelude: "trap '' XFSZ; ulimit -f 1")
        #expect(result.status == .exited(1))
        #expect(result.error.hasPrefix("session-janitor: the metrics could not be written to \(path): "))
        #expect(try Unattended.text(path) == before)
        #expect(try Unattended.names(folder) == ["session_janitor.prom"])
    }

    @Test func `a failure keeps its own status when the metrics fail as well`() throws {
        try appauth.client.call("SET", Unattended.lockKey, Unattended.foreignLock)
        let result = try run(folder.file("missing/session_janitor.prom"))
        #expect(result.status == .exited(5))
        #expect(result.error.contains(Unattended.lockedLine(appauth.redis.url)))
        #expect(result.error.contains("the metrics could not be written"))
    }

    @Test(arguments: ["", "\u{ff}\u{0}garbage", "session_janitor_last_success_timestamp_seconds{} x\n", "# \n\n\n"])
    func `a file of another kind is replaced`(old: String) throws {
        try old.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try run(path).status == .exited(0))
        #expect(try MetricsReading(path)["last_run_exit_status"] == 0)
    }

    @Test func `a command that has no metrics refuses the option`() throws {
        let result = try JanitorProcess.run(
            ["initial", "--metrics-file", path], environment: ["REDIS_URL": appauth.redis.url])
        #expect(result.status == .exited(2))
        #expect(try Unattended.names(folder).isEmpty)
    }
}
