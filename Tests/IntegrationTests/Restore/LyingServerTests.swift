import TestSupport
import Testing

/// A server that says of a key that it lives for 292 million years: no sum may end the program.
@Suite(.waiting) struct LyingServerTests {
    private static let endless = Bytes(":9223372036854775807\r\n")

    @Test func `an endless life is backed up and looked at again`() throws {
        let appauth = try Store.withOrphan()
        let folder = try TemporaryFolder()
        let file = folder.file("backup.jsonl")
        let proxy = try RedisProxy(to: appauth.redis) { command, _ in
            command[0].text == "PTTL" ? .answer(LyingServerTests.endless) : .forward
        }
        let (status, report) = try appauth.clean(["--backup", file], url: proxy.url)
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        for arguments in [["--dry-run"], []] {
            let result = try JanitorProcess.run(
                ["restore", file, "--entries-without-session"] + arguments, environment: ["REDIS_URL": proxy.url])
            #expect(result.status == .exited(0))
        }
    }

    @Test func `a TTL that was set is not the endless one that is found`() throws {
        let websocket = try Store("--layout", "websocket")
        let folder = try TemporaryFolder()
        let file = folder.file("backup.jsonl")
        try websocket.client.call("SET", "3de3-9980b633-000d", "ann")
        #expect(try websocket.clean("--set-missing-ttl", "layout", "--backup", file).status == .exited(0))
        let proxy = try RedisProxy(to: websocket.redis) { command, _ in
            command[0].text == "PTTL" ? .answer(LyingServerTests.endless) : .forward
        }
        let looked = try JanitorProcess.run(
            ["restore", file, "--dry-run", "--json"], environment: ["REDIS_URL": proxy.url])
        #expect(looked.status == .exited(0))
        #expect(try RestoreReading(looked).stat("ttls_cleared") == 0)
    }
}
