import RedisClient
import SessionJanitor
import TestSupport
import Testing

/// Answers of a server that are damaged at random: whatever they say, the run ends, and no live entry is lost.
@Suite(.waiting) struct AnswerFuzzTests {
    private let appauth: Store

    init() throws {
        appauth = try Store()
    }

    private func populate() throws {
        try appauth.client.call("FLUSHALL")
        try appauth.write(sessions: "living-1", "living-2", "living-3")
        try appauth.write(sessions: "old", value: Appauth.expired)
        try appauth.list("living-1", "old", "orphan-1", "orphan-2")
        try appauth.list("orphan-3", under: "b")
        try appauth.client.call("SADD", Appauth.index("set"), "living-2", "orphan-1")
        try appauth.client.call("RPUSH", Appauth.index("list"), "living-3", "orphan-2")
    }

    /// In this process, so that an error the language itself finds ends the test.
    private func clean(_ path: String, isDryRun: Bool) throws -> CleanupReport? {
        let options = CleanupOptions(
            layout: try Layout(), isDryRun: isDryRun, includesExpired: isDryRun, grace: .zero)
        guard
            let connection = try? RedisConnection(
                to: Endpoint(address: .unix(path: path)), mode: isDryRun ? .readOnly : .readWrite,
                timeout: .milliseconds(30), retries: RetryPolicy(pauses: [.zero]))
        else { return nil }
        return Cleanup(connection, options: options, observer: SilentObserver()).run()
    }

    @Test(arguments: [true, false])
    func `damaged answers cost no live session its entry`(isDryRun: Bool) throws {
        try populate()
        let before = try appauth.snapshot()
        let proxy = try GarblingProxy(to: appauth.redis, seed: Fuzz.seed, oneIn: 8)
        var outcomes: [String: Int] = [:]
        for _ in 0..<Fuzz.inputs(150, share: 200) {
            if !isDryRun { try populate() }
            let outcome = try clean(proxy.path, isDryRun: isDryRun)?.outcome
            outcomes[outcome?.rawValue ?? "no connection", default: 0] += 1
            guard !isDryRun else { continue }
            let left = try appauth.snapshot()
            for (key, stored) in before.keys {
                if stored.identifiers == nil { #expect(left[key] != nil, "\(Fuzz.hint): \(key)") }
                let living = (stored.identifiers ?? []).filter { $0.text.hasPrefix("living") || $0 == "old" }
                #expect(left[key]?.identifiers?.isSuperset(of: living) ?? living.isEmpty, "\(Fuzz.hint): \(key)")
            }
        }
        #expect(outcomes["completed", default: 0] > 0 && outcomes["failed", default: 0] > 0, "\(outcomes)")
        if isDryRun { #expect(try appauth.snapshot() == before) }
    }
}
