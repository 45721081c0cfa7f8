import Foundation
import TestSupport

/// Runs the real program again and again, in several manners, some of them ended by force.
struct JanitorLoop {
    let appauth: Appauth
    let grace: Duration
    private(set) var runs = 0
    private(set) var killed = 0
    private(set) var removals = 0
    private(set) var complaints: [String] = []
    private var random: SplitMix64

    init(_ appauth: Appauth, seed: UInt64, grace: Duration) {
        self.appauth = appauth
        self.grace = grace
        random = SplitMix64(seed: ~seed)
    }

    /// One run, or two at a time.
    mutating func runOnce() throws {
        var words = ["--json", "--quiet", "--grace", "\(grace / .milliseconds(1))ms"]
        // Small batches, so that much can happen between two of them.
        words += ["--chunk-time", ["0.01ms", "0.1ms", "1ms", "20ms"].randomElement(using: &random) ?? "1ms"]
        if Int.random(in: 0..<5, using: &random) < 2 { words.append("--include-expired") }
        if Int.random(in: 0..<4, using: &random) == 0 { words += ["--nice-ratio", "1"] }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: take(try run(words))
        case 5: try runTwo(words + ["--no-lock"])
        case 6: try killAtSomeTime(words + ["--no-lock"])
        case 7: try killAtRemoval(words + ["--no-lock"])
        case 8:
            try killAtRemoval(words)
            try freeLock()
        default:
            try killAtSomeTime(words)
            try freeLock()
        }
    }

    private func run(_ words: [String]) throws -> JanitorResult {
        try JanitorProcess.run(words, environment: ["REDIS_URL": appauth.redis.url])
    }

    private mutating func runTwo(_ words: [String]) throws {
        let both = try (0..<2).map { _ in try JanitorProcess(words, environment: ["REDIS_URL": appauth.redis.url]) }
        for janitor in both { take(try janitor.finish()) }
    }

    private mutating func killAtSomeTime(_ words: [String]) throws {
        let janitor = try JanitorProcess(words, environment: ["REDIS_URL": appauth.redis.url])
        let end = Deadline(in: grace * Double.random(in: 0...3, using: &random))
        try Deadline.wait(for: "the moment of the kill") { end.hasPassed }
        janitor.send(signal: SIGKILL)
        takeKilled(try janitor.finish())
    }

    /// In the middle of the removals: before one of them gets through, or just after.
    private mutating func killAtRemoval(_ words: [String]) throws {
        let number = Int.random(in: 1...6, using: &random)
        let isBefore = Bool.random(using: &random)
        let victim = Victim()
        let proxy = try RedisProxy(to: appauth.redis) { command, count in
            guard command[0].text == "EVALSHA", count == number else { return .forward }
            guard isBefore else { return .truncate(0) }
            victim.kill()
            return .cut
        }
        let janitor = try JanitorProcess(words, environment: ["REDIS_URL": proxy.url])
        victim.name(janitor)
        takeKilled(try janitor.finish())
    }

    private mutating func take(_ result: JanitorResult) {
        runs += 1
        guard result.status == .exited(0), let report = try? RunReport(result), report.outcome == "completed" else {
            complaints.append("a run ended with \(result)")
            return
        }
        removals += report.stat("orphaned_sessions_removed") ?? 0
    }

    private mutating func takeKilled(_ result: JanitorResult) {
        runs += 1
        // It may have been over before, or only have lost its connection.
        if result.status == .killed(signal: SIGKILL) { killed += 1 }
    }

    /// A run that was killed leaves its lock for a minute; the test does not wait for that.
    private func freeLock() throws {
        try appauth.client.call("DEL", Unattended.lockKey)
    }
}

/// A process that a proxy kills; the proxy is there before it.
private final class Victim: Sendable {
    private let process = Collector<JanitorProcess>()

    func name(_ janitor: JanitorProcess) { process.append(janitor) }

    func kill() {
        try? Deadline.wait(for: "the process") { !process.values.isEmpty }
        process.values.first?.send(signal: SIGKILL)
    }
}
