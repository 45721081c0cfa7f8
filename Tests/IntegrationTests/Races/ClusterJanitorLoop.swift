import Foundation
import TestSupport

/// Runs the real program on a cluster again and again, while that changes; some runs are stopped by a signal.
///
/// None is ended by force: where an index key and its sessions are on different nodes, a run that is killed between
/// taking an entry out and looking again leaves it out, and only its backup could bring it back.
struct ClusterJanitorLoop {
    private(set) var runs = 0
    private(set) var completed = 0
    private(set) var removals = 0
    private(set) var revivals = 0
    private(set) var complaints: [String] = []
    /// What runs that did not complete said of it.
    private(set) var excuses: [String] = []
    private let cluster: PrivateCluster
    private let grace: Duration
    private var random: SplitMix64

    init(_ cluster: PrivateCluster, seed: UInt64, grace: Duration) {
        self.cluster = cluster
        self.grace = grace
        random = SplitMix64(seed: ~seed)
    }

    /// One run, or two at a time.
    mutating func runOnce() throws {
        let folder = try TemporaryFolder()
        var words = ["--json", "--quiet", "--grace", "\(grace / .milliseconds(1))ms"]
        // Large batches, too: the larger, the longer an entry is out before its session is looked for again.
        words += ["--chunk-time", ["0.1ms", "1ms", "20ms", "20ms"].randomElement(using: &random) ?? "1ms"]
        if Int.random(in: 0..<5, using: &random) < 2 { words.append("--include-expired") }
        if Int.random(in: 0..<4, using: &random) == 0 { words += ["--nice-ratio", "1"] }
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<4: take(try start(words).finish())
        case 4: take(try start(words + ["--backup", folder.file("backup")]).finish())
        case 5, 6:
            let both = try (0..<2).map { _ in try start(words + ["--no-lock"]) }
            for janitor in both { take(try janitor.finish()) }
        default:
            let janitor = try start(words)
            let end = Deadline(in: grace * Double.random(in: 0...3, using: &random))
            try Deadline.wait(for: "the moment of the signal") { end.hasPassed }
            janitor.send(signal: SIGTERM)
            take(try janitor.finish(), isSignalled: true)
        }
    }

    /// Any node will do, replicas as well.
    private mutating func start(_ words: [String]) throws -> JanitorProcess {
        let place = Int.random(in: 0..<cluster.primaries.count + cluster.replicas.count, using: &random)
        return try JanitorProcess(words, environment: ["REDIS_URL": cluster.url(place)])
    }

    private mutating func take(_ result: JanitorResult, isSignalled: Bool = false) {
        runs += 1
        // Before the program minds signals, one ends it at once.
        if isSignalled, result.status == .killed(signal: SIGTERM), result.output.isEmpty { return }
        guard let report = try? RunReport(result), let ending = ClusterJanitorLoop.ending(report.outcome),
            result.status == .exited(ending), isSignalled || report.outcome != "interrupted"
        else {
            complaints.append("a run ended with \(result)")
            return
        }
        if report.outcome == "completed" { completed += 1 }
        if let error = report.error { excuses.append("\(error.code): \(error.message)") }
        excuses += report.warnings
        removals += report.stat("orphaned_sessions_removed") ?? 0
        revivals += report.stat("revived_sessions_found") ?? 0
    }

    /// The status with which a run with this outcome may end while a cluster changes.
    private static func ending(_ outcome: String) -> Int32? {
        ["completed": 0, "failed": 1, "partial": 3, "interrupted": 143][outcome]
    }
}
