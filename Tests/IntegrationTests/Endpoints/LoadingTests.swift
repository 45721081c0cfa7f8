import TestSupport
import Testing

/// A server that has just been started and still reads its file.
@Suite(.waiting, .needs(.slowLoading)) struct LoadingTests {
    /// A server that takes a fifth of a second for each of 120 keys, and in between says that it is loading.
    private func loadingServer() throws -> PrivateRedis {
        let redis = try PrivateRedis(["--rdbcompression", "no"])
        let client = try redis.client()
        let padding = String(repeating: "x", count: 2_000)
        try client.run((0..<120).map { ["SET", Appauth.session("session-\($0)"), "{\"pad\":\"\(padding)\"}"] })
        try client.run([["ZADD", Appauth.index("a@example.org"), "1", "session-0", "2", "orphan"]])
        try client.call("SAVE")
        try redis.restart(
            ["--key-load-delay", "200000", "--loading-process-events-interval-bytes", "1024"], awaitsReadiness: false)
        return redis
    }

    /// How many PINGs were turned away so far.
    private func rejectedPings(_ client: TestClient) throws -> Int {
        let lines = try client.call("INFO", "commandstats").text?.split(whereSeparator: \.isNewline) ?? []
        let line = lines.first { $0.hasPrefix("cmdstat_ping:") }
        let field = line?.split(separator: ",").first { $0.hasPrefix("rejected_calls=") }
        return field.flatMap { Int($0.dropFirst("rejected_calls=".count)) } ?? 0
    }

    @Test func `a server that is loading is asked again until it is ready`() throws {
        let redis = try loadingServer()
        let client = try redis.client()
        let before = try rejectedPings(client)
        let janitor = try JanitorProcess(["--json", "--grace", "0"], environment: ["REDIS_URL": redis.url])
        try Deadline.wait(for: "a second attempt") { try rejectedPings(client) >= before + 2 }
        try client.call("CONFIG", "SET", "key-load-delay", "0")
        let result = try janitor.finish()
        #expect(result.status == .exited(0))
        let report = try RunReport(result)
        #expect(report.stat("sessions_checked") == 120)
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }

    @Test func `a server that does not get done with loading is given up`() throws {
        let redis = try loadingServer()
        let result = try JanitorProcess.run([], environment: ["REDIS_URL": redis.url])
        expectFailure(
            result,
            "\(redis.url)?db=0 answered PING with 'LOADING …'; it is still "
                + "loading its data; run again later")
        #expect(result.output.isEmpty)
        // It was loading to the end, or this test proves nothing.
        #expect(try redis.client().ask("PING").text?.hasPrefix("LOADING") == true)
    }
}
