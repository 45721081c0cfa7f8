import TestSupport

/// One of the races: where it is run, what hangs on the sessions, and what gets in its way.
struct RaceScene: Sendable, CustomStringConvertible {
    enum Topology { case server, sentinel, cluster }

    /// What happens to a node, or to a run, again and again.
    enum Disturbance: String, CaseIterable, Sendable {
        /// A node stops for a time that is shorter, or longer, than the janitor's time-out.
        case shortStall = "stalls"
        case longStall = "long stalls"
        /// A run stops, and goes on when much has changed.
        case stalledRun = "stalls of a run"
        /// A removal is held back at its node, goes on, and goes on late: as above.
        case held = "held removals"
        case heldShort = "stalls of a removal"
        case heldLong = "long stalls of a removal"
        /// It goes on, and its node is full by then.
        case heldFull = "removals from a node that gets full"
        /// It goes on, and its run has been killed.
        case heldKilled = "removals of killed runs"
        /// A node's memory is full, or it evicts sessions.
        case full = "full nodes"
        case eviction = "evictions"
        /// A node hangs with the beginnings of logins in its queue, while a run waits for a proof about presence keys.
        case hang = "hangs"
        /// A node's clock jumps within what is allowed, or by hours between two runs.
        case clock = "jumps of clocks"
        case wrongClock = "wrong clocks"
        case move = "slots moved"
        case failOver = "fail-overs"
        /// A primary stalls, is replaced, and goes on.
        case stalledFailOver = "fail-overs of a stalled primary"
    }

    var description: String
    var topology: Topology
    var things: [PlayedThing] = PlayedThing.allCases
    var disturbances: [Disturbance]
    /// Of a hundred operations of all scenes.
    var share: Int
    /// Words that some of the runs have.
    var options: [[String]] = []
    /// How long a session stays after it was written, whatever runs with these words do; nil: as long as it is to.
    var keeps: Duration?
    /// By how much the clock of one of a cluster's primaries is ahead.
    var clockOffset: Duration?

    var isCluster: Bool { topology == .cluster }
    /// Whether a run may fail.
    var isDisturbed: Bool { !disturbances.isEmpty }
    var evicts: Bool { disturbances.contains(.eviction) }
    /// Whether a session with a TTL may end early.
    var isHardOnTTLs: Bool { evicts || disturbances.contains(.clock) || disturbances.contains(.wrongClock) }
    /// The janitor's own, where a node may stall for longer; shorter stalls may be longer than the grace time.
    var timeout: Duration? {
        let areLong: Set<Disturbance> = [.longStall, .heldLong, .stalledFailOver]
        return areLong.isDisjoint(with: disturbances) ? nil : RaceVariables.grace * 3
    }
    /// How long something that belongs to a live session may be out. On a single server it never may.
    var patience: Duration {
        switch topology {
        case .server: .zero
        // A primary that has been replaced answers for a while.
        case .sentinel: .seconds(5)
        case .cluster: .seconds(15)
        }
    }

    /// Whether this version of Redis can do it.
    private var isPossible: Bool { !isCluster || ServerProgram.has(.clusterPort) }

    /// Those to be played. In a short look at them some of the disturbances are enough; fail-overs by Sentinel, which may
    /// keep the application waiting for minutes, and clusters whose clocks are played with are for stress runs alone.
    static let wanted: [RaceScene] = {
        var random = SplitMix64(seed: RaceVariables.seed)
        let possible = all.filter { $0.isPossible && (RaceVariables.scene.map($0.description.contains) ?? true) }
        let wanted = possible.filter { RaceVariables.isLong || ($0.topology != .sentinel && $0.clockOffset == nil) }
        return wanted.map { scene in
            var scene = scene
            if let name = RaceVariables.disturbance {
                scene.disturbances.removeAll { !$0.rawValue.contains(name) }
            } else if !RaceVariables.isLong {
                scene.disturbances = Array(scene.disturbances.shuffled(using: &random).prefix(2))
            }
            return scene
        }
    }()

    /// For presence keys a run waits as long as the clocks of the nodes are apart.
    private static let allButPresence = PlayedThing.allCases.filter { $0 != .presence }

    private static let all = [
        RaceScene(description: "a server", topology: .server, things: [.entry], disturbances: [], share: 40),
        RaceScene(
            description: "a server that stalls", topology: .server,
            disturbances: [.shortStall, .longStall, .stalledRun, .heldShort, .heldLong]
                + (RaceVariables.isLong ? [.hang] : []),
            share: 15),
        RaceScene(
            description: "a server that is full and evicts", topology: .server,
            disturbances: [.full, .eviction, .shortStall], share: 15, options: [["--max-idle", "4s"]],
            keeps: .seconds(2)),
        RaceScene(
            description: "a primary that fails over", topology: .sentinel,
            disturbances: [.shortStall, .heldLong, .failOver, .stalledFailOver], share: 10),
        RaceScene(
            description: "a cluster that changes", topology: .cluster, things: [.entry],
            disturbances: [.move, .stalledRun, .held, .failOver], share: 8),
        RaceScene(
            description: "a cluster that stalls and is full", topology: .cluster,
            disturbances: [.move, .held, .heldShort, .heldLong, .heldFull, .heldKilled, .full], share: 7,
            clockOffset: .zero),
        RaceScene(
            description: "a cluster whose clocks differ", topology: .cluster, things: allButPresence,
            disturbances: [.held, .heldKilled], share: 3, options: [["--set-missing-ttl", "30s"]], keeps: .seconds(25),
            clockOffset: .seconds(45)),
        RaceScene(
            description: "a cluster whose clocks jump", topology: .cluster, things: allButPresence,
            disturbances: [.clock, .wrongClock, .heldShort], share: 2, clockOffset: .zero),
    ]
}
