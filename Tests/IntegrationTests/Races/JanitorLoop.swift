import Foundation
import Synchronization
import TestSupport

/// Runs the real program again and again, in several manners, some of them ended by force.
final class JanitorLoop: Sendable {
    private struct State {
        var random: SplitMix64
        var running: [JanitorProcess] = []
        /// Whether those that run now may be killed: what they take out is in their backup.
        var areVictims = false
        /// Whether somebody waits for such a run.
        var wantsVictim = false
    }

    private let scene: RaceScene
    private let host: RaceHost
    private let tally: RaceTally
    private let grace: Duration
    private let client: any KeyedClient
    private let state: Mutex<State>
    /// Held during each run.
    private let turn = Mutex(())

    init(_ scene: RaceScene, _ host: RaceHost, _ tally: RaceTally, seed: UInt64, grace: Duration) throws {
        self.scene = scene
        self.host = host
        self.tally = tally
        self.grace = grace
        client = try host.client()
        state = Mutex(State(random: SplitMix64(seed: ~seed)))
    }

    /// Does something while no run is under way.
    func betweenRuns(_ body: () throws -> Void) rethrows {
        try turn.withLock { _ in try body() }
    }

    /// Says whether runs are wanted that ``kill()`` may end.
    func wantVictim(_ wants: Bool) { state.withLock { $0.wantsVictim = wants } }

    /// Kills what is running; false if there is no run that may be killed.
    func kill() -> Bool {
        state.withLock { state in
            guard state.areVictims else { return false }
            for janitor in state.running { janitor.send(signal: SIGKILL) }
            return !state.running.isEmpty
        }
    }

    /// Stops what is running for a while; false if nothing is.
    func stall(_ duration: Duration) -> Bool {
        let running = state.withLock { $0.running }
        for janitor in running { janitor.send(signal: SIGSTOP) }
        Deadline.pause(duration)
        for janitor in running { janitor.send(signal: SIGCONT) }
        return !running.isEmpty
    }

    /// One run, or two at a time.
    func runOnce() throws {
        try turn.withLock { _ in
            defer { state.withLock { $0.running = [] } }
            let words = words()
            switch state.withLock({ $0.wantsVictim }) ? 11 : draw(12) {
            case 0..<4: take(try start(words).finish(within: JanitorLoop.limit))
            case 4:
                let folder = try TemporaryFolder()
                take(try start(words + ["--backup", folder.file("backup")]).finish(within: JanitorLoop.limit))
            case 5:
                let both = try (0..<2).map { _ in try start(words + ["--no-lock"]) }
                for janitor in both { take(try janitor.finish(within: JanitorLoop.limit)) }
            case 6:
                let janitor = try start(words)
                Deadline.pause(grace * Double(draw(300)) / 100)
                janitor.send(signal: SIGTERM)
                take(try janitor.finish(within: JanitorLoop.limit), isSignalled: true)
            case 7 where host.single != nil: try killAtRemoval(words)
            case 8..<11 where scene.disturbances.contains(.stalledRun) && host.single != nil: try stallAtStep(words)
            default:
                try runToBeKilled(JanitorLoop.sparingSessions(words))
            }
        }
    }

    /// All is quiet: a run with all that there is to clean.
    func runInQuiet(_ further: String...) throws -> (status: ChildProcess.Ending, report: RunReport) {
        let words = ["--json", "--grace", "0", "--include-expired"] + layout(withPresence: true) + further
        let result = try start(words).finish(within: JanitorLoop.limit)
        return (result.status, try RunReport(result))
    }

    // MARK: One run

    /// What a run may take, though others have most of the machine.
    private static let limit = Duration.seconds(120)

    private func draw(_ count: Int) -> Int { state.withLock { Int.random(in: 0..<count, using: &$0.random) } }

    private func layout(withPresence: Bool) -> [String] {
        guard scene.things.count > 1 else { return [] }
        return PlayedThing.layout + (withPresence ? PlayedThing.presenceLayout : [])
    }

    private func words() -> [String] {
        var words = ["--json", "--quiet", "--grace", "\(grace / .milliseconds(1))ms", "--allow-no-live-sessions"]
        // The smaller the batches, the more can happen between two of them; the larger, the longer something is out of a
        // cluster before its session is looked for again.
        words += [
            "--chunk-time",
            (scene.isCluster ? ["0.1ms", "1ms", "20ms", "20ms"] : ["0.01ms", "0.1ms", "1ms", "20ms"])[draw(4)],
        ]
        if let timeout = scene.timeout { words += ["--timeout", "\(timeout / .milliseconds(1))ms"] }
        if draw(5) < 2 { words.append("--include-expired") }
        if draw(4) == 0 { words += ["--nice-ratio", "1"] }
        if !scene.options.isEmpty, draw(3) == 0 { words += scene.options[draw(scene.options.count)] }
        // Presence keys take a run some seconds more.
        let layout = layout(withPresence: scene.things.contains(.presence) && draw(6) == 0)
        guard scene.things.count > 1, draw(4) == 0 else { return words + layout }
        // Where there are no entries, nobody waits for them.
        return words.filter { $0 != "--include-expired" } + PlayedThing.layoutWithoutEntries + layout
    }

    private func start(_ words: [String], url: String? = nil) throws -> JanitorProcess {
        let url = url ?? state.withLock { host.url(&$0.random) }
        let janitor = try JanitorProcess(words, environment: ["REDIS_URL": url])
        state.withLock { $0.running.append(janitor) }
        return janitor
    }

    private func take(_ result: JanitorResult, isSignalled: Bool = false, isKilled: Bool = false) {
        tally.add(.runs)
        if isKilled, result.status == .killed(signal: SIGKILL) { return tally.add(.killed) }
        // Before the program minds signals, one ends it at once.
        if isSignalled, result.status == .killed(signal: SIGTERM), result.output.isEmpty { return }
        if scene.isDisturbed, result.status == .exited(5) {
            // A run that a stalled server did not answer could not give its lock back.
            tally.excuse("locked")
            return (try? freeLock()) ?? ()
        }
        guard let report = try? RunReport(result), let ending = JanitorLoop.endings[report.outcome],
            result.status == .exited(ending), isPlausible(report, isSignalled, isKilled)
        else {
            return tally.complain("a run ended with \(result)")
        }
        if report.outcome == "completed" { tally.add(.completed) }
        if let error = report.error { tally.excuse("\(error.code): \(error.message)") }
        // What a primary did that had been replaced is not known.
        if scene.topology == .sentinel, report.outcome == "failed" { return }
        func sum(_ names: String...) -> Int { names.reduce(0) { $0 + (report.stat($1) ?? 0) } }
        tally.add(.entriesRemoved, sum("orphaned_sessions_removed", "expired_entries_removed"))
        tally.add(
            .dependentsRemoved,
            sum(
                "orphaned_pointers_removed", "orphaned_companions_removed", "orphaned_presence_keys_removed",
                "expired_dependents_removed"))
        tally.add(.expiredRemoved, sum("expired_sessions_removed"))
        tally.add(.idleRemoved, sum("idle_sessions_removed"))
        tally.add(.ttlsSet, sum("ttls_set"))
    }

    /// The status with which a run ends that says this of itself.
    private static let endings: [String: Int32] = [
        "completed": 0, "failed": 1, "partial": 3, "refused": 4, "interrupted": 143,
    ]

    /// Whether a run may end so in this scene.
    private func isPlausible(_ report: RunReport, _ isSignalled: Bool, _ isKilled: Bool) -> Bool {
        switch report.outcome {
        case "completed": true
        case "interrupted": isSignalled
        case "refused": scene.disturbances.contains(.wrongClock)
        // A run whose killer has only cut its connection fails, too.
        default: isKilled || scene.isDisturbed
        }
    }

    // MARK: Killed runs

    /// Without what ends sessions, now or by a TTL: one that a restore brings back has a life of its own, of which the
    /// application knows nothing.
    private static func sparingSessions(_ words: [String]) -> [String] {
        var words = words.filter { $0 != "--include-expired" }
        if let place = words.firstIndex(of: "--set-missing-ttl") { words.removeSubrange(place...place + 1) }
        return words
    }

    /// At some time; or by somebody who has waited for a moment.
    private func runToBeKilled(_ words: [String]) throws {
        let folder = try TemporaryFolder()
        let janitor = try start(words + ["--backup", folder.file("backup")])
        state.withLock { $0.areVictims = true }
        defer { state.withLock { $0.areVictims = false } }
        if !state.withLock({ $0.wantsVictim }) {
            Deadline.pause(grace * Double(draw(300)) / 100)
            janitor.send(signal: SIGKILL)
        }
        let result = try janitor.finish(within: JanitorLoop.limit)
        take(result, isKilled: true)
        guard result.status == .killed(signal: SIGKILL) else { return }
        try freeLock()
        try restore(folder.file("backup"))
    }

    /// What a killed run had removed is in its backup.
    private func restore(_ file: String) throws {
        guard FileManager.default.fileExists(atPath: file), try Data(contentsOf: URL(fileURLWithPath: file)).count > 0
        else { return }
        var last: JanitorResult?
        for _ in 0..<20 {
            let result = try start(["restore", file, "--json"]).finish(within: JanitorLoop.limit)
            last = result
            guard result.status == .exited(0), let report = try? RestoreReading(result) else {
                // A stalled server that did not answer may have kept the lock.
                try freeLock()
                continue
            }
            tally.add(.restores)
            let entries = report.stat("entries_restored") ?? 0
            tally.add(.entriesWritten, entries)
            // Sessions among them: that many at the most.
            tally.add(.dependentsWritten, (report.stat("restored") ?? 0) - entries)
            return
        }
        tally.complain("a restore ended with \(String(describing: last))")
    }

    /// In the middle of the removals: before one of them gets through, or just after.
    private func killAtRemoval(_ words: [String]) throws {
        let isBefore = draw(2) == 0
        let victim = Victim()
        let janitor = try startBehindProxy(words, at: "EVALSHA", number: 1 + draw(6)) {
            guard isBefore else { return .truncate(0) }
            victim.kill()
            return .cut
        }
        victim.name(janitor.process)
        take(try janitor.process.finish(within: JanitorLoop.limit), isKilled: true)
        try freeLock()
    }

    /// A run gets no further for a while; nobody else is held up.
    private func stallAtStep(_ words: [String]) throws {
        let commands = ["SCAN", "ZRANGE", "SMEMBERS", "MGET", "HMGET", "EXISTS", "ZSCORE", "EVALSHA", "TIME"]
        let duration = grace * (0.5 + Double(draw(150)) / 100)
        let janitor = try startBehindProxy(words, at: commands[draw(commands.count)], number: 1 + draw(3)) { [tally] in
            Deadline.pause(duration)
            tally.add(.disturbance(.stalledRun))
            return .forward
        }
        take(try janitor.process.finish(within: JanitorLoop.limit))
    }

    /// Something happens before this one of the commands of its name gets through.
    private func startBehindProxy(
        _ words: [String], at name: String, number: Int, action: @escaping @Sendable () -> RedisProxy.Action
    ) throws -> (process: JanitorProcess, proxy: RedisProxy) {
        guard let redis = host.single else { throw SupportError("there is no proxy for several servers") }
        let proxy = try RedisProxy(to: redis) { command, count in
            command[0].text == name && count == number ? action() : .forward
        }
        return (try start(words, url: proxy.url), proxy)
    }

    /// A run that was killed leaves its lock for a minute; the test does not wait for that.
    private func freeLock() throws {
        _ = try client.send([KeyedRequest(Unattended.lockKey, [["DEL", Unattended.lockKey]])])
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
