import Foundation
import TestSupport
import Testing

/// Faults at places all over a run, in both directions: nothing is lost, and the next run does the rest.
@Suite(.waiting) struct ByteFaultTests {
    /// How many bytes go each way in a run; the same data every time.
    private static let volumes = Result {
        try [true, false].map { isDryRun -> [FaultProxy.Direction: Int] in
            let scene = try FaultScene()
            let proxy = try FaultProxy(to: scene.appauth.redis)
            let result = try scene.run(isDryRun ? ["--dry-run"] : [], url: proxy.url)
            guard result.status == .exited(0) else { throw SupportError("\(result)") }
            return Dictionary(uniqueKeysWithValues: FaultProxy.Direction.allCases.map { ($0, proxy.passed($0)) })
        }
    }

    @Test(arguments: FaultCase.all)
    func `a fault anywhere on the way loses nothing`(fault: FaultCase) throws {
        let volume = try ByteFaultTests.volumes.get()[fault.isDryRun ? 0 : 1][fault.direction] ?? 0
        // Batches depend on how fast things go, and so no two runs send just the same bytes: not to the very end.
        let place = volume * 95 / 100 * fault.position / fault.positions
        let scene = try FaultScene()
        let proxy = try FaultProxy(to: scene.appauth.redis, fault.fault, fault.direction, after: place)
        let result = try scene.run(fault.words, url: proxy.url)
        #expect(proxy.hasStruck)
        try scene.expect(result, fault.ending, isDryRun: fault.isDryRun)
    }

    @Test(arguments: FaultProxy.Direction.allCases, [20, 45, 60, 75, 85, 90])
    func `whatever a cut leaves, all that is gone is in the backup`(
        direction: FaultProxy.Direction, percent: Int
    ) throws {
        let scene = try FaultScene()
        let folder = try TemporaryFolder()
        let file = folder.file("backup")
        let volume = try ByteFaultTests.volumes.get()[1][direction] ?? 0
        let proxy = try FaultProxy(to: scene.appauth.redis, .cut, direction, after: volume * percent / 100)
        _ = try scene.run(["--backup", file], url: proxy.url)
        #expect(proxy.hasStruck)
        if FileManager.default.fileExists(atPath: file) {
            let result = try scene.appauth.run("restore", file, "--entries-without-session")
            #expect(result.status == .exited(0), "\(result)")
        }
        #expect(try FaultScene.facts(scene.appauth.client) == scene.before)
    }

    @Test func `a dry run gets through although every connection ends soon`() throws {
        let scene = try FaultScene()
        let proxy = try FaultProxy(
            to: scene.appauth.redis, .cut, .toClient, after: 24_000, strikesEachConnection: true)
        let result = try scene.run(["--dry-run"], url: proxy.url)
        #expect(proxy.hasStruck)
        try scene.expect(result, .done, isDryRun: true)
    }

    @Test(arguments: [true, false])
    func `a server that takes no more of a long command is given up`(isDryRun: Bool) throws {
        let scene = try FaultScene()
        // Names so long that the commands about them do not fit into a socket's buffer.
        let long = String(repeating: "x", count: 40_000)
        try scene.appauth.client.run(
            (0..<20).map { ["ZADD", Appauth.index("long"), "1", Bytes("gone-\($0)-\(long)")] })
        let proxy = try FaultProxy(to: scene.appauth.redis, .stall, .toServer, after: 20_000)
        let before = try scene.appauth.snapshot()
        let result = try scene.run(["--timeout", "300ms"] + (isDryRun ? ["--dry-run"] : []), url: proxy.url)
        #expect(proxy.hasStruck)
        let report = try RunReport(result)
        #expect(result.status == .exited(1))
        #expect(report.error?.code == "timed_out")
        #expect(report.error?.message.contains(" did not answer EXISTS within 0.30 s; ") == true)
        try scene.appauth.client.call("DEL", Unattended.lockKey)
        #expect(try scene.appauth.snapshot() == before)
    }
}
