import TestSupport

@testable import RedisClient

/// Gets in the way of everybody: stalls nodes, fills them, sets their clocks, moves their slots, and so on, whatever its
/// scene has in store, one thing after the other.
struct Disturber {
    typealias Disturbance = RaceScene.Disturbance

    private let scene: RaceScene
    private let host: RaceHost
    private let janitors: JanitorLoop
    private let tally: RaceTally
    private let held: HeldRemoval
    private let hang: Hang
    private let timeout: Duration
    private var failOvers = 0
    private var random: SplitMix64

    init(_ scene: RaceScene, _ host: RaceHost, _ janitors: JanitorLoop, _ tally: RaceTally, seed: UInt64) throws {
        self.scene = scene
        self.host = host
        self.janitors = janitors
        self.tally = tally
        held = try HeldRemoval(scene, host, janitors, tally)
        hang = Hang(tally)
        timeout = scene.timeout ?? RaceVariables.grace * 3
        random = SplitMix64(seed: seed ^ 0x5107)
    }

    /// Whether each of the disturbances has taken place so often.
    func isEnough(_ least: Int) -> Bool {
        scene.disturbances.allSatisfy { tally[.disturbance($0)] >= min(least, most($0)) }
    }

    /// A cluster's replicas take over once each; and some things take long.
    private func most(_ disturbance: Disturbance) -> Int {
        switch disturbance {
        case .failOver where scene.isCluster: 3
        case .hang, .failOver, .stalledFailOver: 4
        default: .max
        }
    }

    /// What is rare comes first.
    mutating func disturbOnce() throws {
        let open = scene.disturbances.filter { tally[.disturbance($0)] < most($0) }.shuffled(using: &random)
        guard let rarest = open.min(by: { tally[.disturbance($0)] < tally[.disturbance($1)] }),
            let next = Bool.random(using: &random) ? rarest : open.first
        else { return Deadline.pause(.milliseconds(50)) }
        if try disturb(next) { tally.add(.disturbance(next)) }
        Deadline.pause(.milliseconds(Int.random(in: 0...100, using: &random)))
    }

    func cleanUp() throws {
        try held.cleanUp()
        try hang.cleanUp(host)
    }

    private mutating func disturb(_ disturbance: Disturbance) throws -> Bool {
        guard let node = try host.primaries().randomElement(using: &random) else { return false }
        switch disturbance {
        case .shortStall:
            try awaitStep(of: node)
            stall(node, short)
        case .longStall:
            try awaitStep(of: node)
            stall(node, long)
        case .stalledRun where host.single != nil:
            // It is the janitors' own.
            Deadline.pause(RaceVariables.grace)
            return false
        case .stalledRun:
            try awaitStep(of: node)
            return janitors.stall(RaceVariables.grace * Double.random(in: 0.5...2, using: &random))
        case .held: return try held.hold(at: node, disturbance.rawValue) { true }
        case .heldShort:
            return try held.hold(at: node, disturbance.rawValue) {
                stall(node, short)
                return true
            }
        case .heldLong:
            return try held.hold(at: node, disturbance.rawValue) {
                let runs = tally[.runs]
                node.freeze()
                defer { node.thaw() }
                // What the run leaves in the node's queue is carried out after it has given up.
                return try waits(for: .seconds(10)) { tally[.runs] > runs }
            }
        case .heldKilled:
            janitors.wantVictim(true)
            defer { janitors.wantVictim(false) }
            return try held.hold(at: node, disturbance.rawValue) {
                node.freeze()
                defer { node.thaw() }
                return janitors.kill()
            }
        case .heldFull:
            let isHeld = try held.hold(at: node, disturbance.rawValue) {
                try fill(node)
                return true
            }
            try empty(node)
            return isHeld
        case .full:
            try fill(node)
            Deadline.pause(.milliseconds(Int.random(in: 20...200, using: &random)))
            try empty(node)
        case .eviction: return try evict(node)
        case .hang: return try hang.hang(node)
        case .clock:
            try node.setClock(ahead: .seconds(Int.random(in: -25...25, using: &random)))
        case .wrongClock: try setWrongClock(of: node)
        case .move: return try moveSlot()
        case .failOver where scene.isCluster:
            try host.cluster?.failOver(failOvers)
            failOvers += 1
        case .failOver: return try host.pair?.failOver(stalling: false, for: .zero) ?? false
        case .stalledFailOver: return try host.pair?.failOver(stalling: true, for: long) ?? false
        }
        return true
    }

    /// Some run has asked this node for something that is drawn, if it does that soon.
    private mutating func awaitStep(of node: PrivateRedis) throws {
        let commands = ["scan", "zrange", "smembers", "lrange", "mget", "hmget", "exists", "zscore", "evalsha", "time"]
        guard Int.random(in: 0..<4, using: &random) > 0, let command = commands.randomElement(using: &random) else {
            return
        }
        _ = try RunConnection.awaits(on: node.client(), within: .milliseconds(500)) { $0.command == command }
    }

    private var short: Duration {
        mutating get { timeout * Double.random(in: 0.1...0.7, using: &random) }
    }
    private var long: Duration {
        mutating get { timeout * Double.random(in: 1.2...2, using: &random) }
    }

    private func stall(_ node: PrivateRedis, _ duration: Duration) {
        node.freeze()
        Deadline.pause(duration)
        node.thaw()
    }

    // MARK: Memory

    private func fill(_ node: PrivateRedis) throws {
        try node.client().call("CONFIG", "SET", "maxmemory", "1")
    }

    private func empty(_ node: PrivateRedis) throws {
        try node.client().run([
            ["CONFIG", "SET", "maxmemory", "0"], ["CONFIG", "SET", "maxmemory-policy", "noeviction"],
        ])
    }

    private mutating func evict(_ node: PrivateRedis) throws -> Bool {
        let client = try node.client()
        func figure(_ name: String) throws -> Int {
            let line = try client.call("INFO").text?.split(whereSeparator: \.isNewline).first {
                $0.hasPrefix(name + ":")
            }
            return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
        }
        let before = try figure("evicted_keys")
        try client.call("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
        try client.call("CONFIG", "SET", "maxmemory", Bytes(try figure("used_memory") - 5_000))
        Deadline.pause(.milliseconds(Int.random(in: 20...200, using: &random)))
        try empty(node)
        return try figure("evicted_keys") > before
    }

    // MARK: Clocks and slots

    /// By hours, while some runs look at it and refuse.
    private mutating func setWrongClock(of node: PrivateRedis) throws {
        let offset = Duration.seconds(7_200 * (Bool.random(using: &random) ? 1 : -1))
        // A run that had begun before could not know.
        try janitors.betweenRuns { try node.setClock(ahead: offset) }
        let runs = tally[.runs]
        try Deadline.wait(for: "runs at a wrong clock") { tally[.runs] >= runs + 2 }
        try janitors.betweenRuns { try node.setClock(ahead: .zero) }
    }

    private mutating func moveSlot() throws -> Bool {
        guard let cluster = host.cluster else { return false }
        // Of slots most are empty; one with a key is what matters.
        let primaries = try cluster.presentPrimaries().shuffled(using: &random)
        guard let key = try primaries[0].client().call("RANDOMKEY").bytes else { return false }
        try cluster.move(slot: HashSlot.of(key.raw), to: primaries[1])
        return true
    }
}

/// Lets a node hang while a run waits for its proof about presence keys, with the first half of logins in the node's queue.
///
/// What was touched in that moment seems to have been touched before it.
struct Hang {
    private let tally: RaceTally
    private let sessions = (0..<20).map { PlayedSession(token: "hang-\($0)", user: 2_000_000 + $0, score: 0) }

    private static let duration = 4.0

    init(_ tally: RaceTally) {
        self.tally = tally
    }

    func hang(_ node: PrivateRedis) throws -> Bool {
        let client = try node.client()
        try write(client)
        // Such a run asks for the time, and pauses for longer than others ever do.
        let isWaiting = try RunConnection.awaits(on: client, within: .seconds(8)) {
            $0.command == "time" && $0.idleSeconds >= 1
        }
        guard isWaiting else {
            try end(client)
            return false
        }
        let start = ContinuousClock.now
        _ = try client.pipeline(
            [["DEBUG", "SLEEP", Bytes("\(Hang.duration)")]]
                + sessions.map { PlayedThing.presence.writing($0, pointersExpire: false).commands[0] })
        // All of it came after the sleep.
        let isInTime = ContinuousClock.now - start < .seconds(Hang.duration) + .milliseconds(100)
        // As late as the grace time allows.
        Deadline.pause(RaceVariables.grace / 2)
        try client.run(sessions.map { ["SET", $0.key, $0.undated] })
        _ = try waits(for: .seconds(2)) { false }
        if isInTime {
            for session in sessions
            where try client.call("EXISTS", PlayedThing.presence.key(of: session)) != .integer(1) {
                tally.complain(
                    "user \(session.userName) has a session, and lost the presence key that was written before")
            }
        }
        try end(client)
        return isInTime
    }

    func cleanUp(_ host: RaceHost) throws {
        guard let node = host.single else { return }
        for session in sessions {
            tally.noteRemoved([.presence], try node.client().send([PlayedThing.presence.removing(session)]))
        }
    }

    private func write(_ client: TestClient) throws {
        for session in sessions {
            tally.noteWritten(
                [.presence], of: session,
                try client.send([PlayedThing.presence.writing(session, pointersExpire: false)]))
        }
    }

    private func end(_ client: TestClient) throws {
        try client.run(sessions.map { ["DEL", $0.key] })
    }
}

/// Whether this comes to hold in time.
private func waits(for limit: Duration, until condition: () throws -> Bool) throws -> Bool {
    let deadline = Deadline(in: limit)
    while !deadline.hasPassed {
        if try condition() { return true }
        Deadline.pause(.milliseconds(10))
    }
    return false
}
