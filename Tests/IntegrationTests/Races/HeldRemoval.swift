import TestSupport

/// Holds a removal back at the one moment that matters: after a run has missed sessions, before it takes out what hangs
/// on them. On a cluster sessions come to life meanwhile, and nobody writes their things anew.
///
/// A node that holds writes back makes the moment long enough; the sessions' keys are on other nodes.
struct HeldRemoval {
    private let scene: RaceScene
    private let host: RaceHost
    private let janitors: JanitorLoop
    private let tally: RaceTally
    private let client: any KeyedClient
    private let sessions: [PlayedSession]
    /// Presence keys count by when they were written.
    private let things: [PlayedThing]

    /// Shorter than the grace time, which a login of the application may take half of.
    private static let pause = Duration.milliseconds(100)
    /// What a run asks last before it removes something.
    private static let lastCommands = ["exists", "zscore", "pttl"]

    init(_ scene: RaceScene, _ host: RaceHost, _ janitors: JanitorLoop, _ tally: RaceTally) throws {
        self.scene = scene
        self.host = host
        self.janitors = janitors
        self.tally = tally
        client = try host.client()
        things = scene.things.filter { $0 != .presence }
        // Users whom the application does not have.
        sessions = (0..<40).map { PlayedSession(token: "held-\($0)", user: 1_000_000 + $0, score: 0) }
    }

    /// Waits a while for a run that is about to remove something from this node. `ending` is what happens then, before the
    /// node takes writes again. False if no removal was held back, or nothing came to life.
    func hold(at node: PrivateRedis, _ name: String, _ ending: () throws -> Bool) throws -> Bool {
        let connection = try node.client()
        if scene.isCluster { try write() }
        let homes = try host.homes()
        let candidates = sessions.flatMap { session in
            things.filter {
                scene.isCluster && homes($0.key(of: session)) == node.port && homes(session.key) != node.port
            }.map { (thing: $0, session: session) }
        }
        guard
            try RunConnection.awaits(
                on: connection, within: .seconds(1), { Self.lastCommands.contains($0.command) && !$0.isHeld })
        else { return false }
        let start = ContinuousClock.now
        try connection.call("CLIENT", "PAUSE", Bytes(Int(Self.pause / .milliseconds(1))), "WRITE")
        defer { _ = try? connection.call("CLIENT", "UNPAUSE") }
        guard try RunConnection.awaits(on: connection, within: Self.pause, { $0.command == "evalsha" && $0.isHeld })
        else { return false }
        let revived = try revive(candidates, on: connection)
        let isPrimary = try connection.call("ROLE").elements[0].text == "master"
        let isInTime = ContinuousClock.now - start < Self.pause
        guard isPrimary, isInTime, !scene.isCluster || !revived.isEmpty, try ending() else {
            try connection.call("CLIENT", "UNPAUSE")
            try end()
            return false
        }
        try connection.call("CLIENT", "UNPAUSE")
        try expectReturn(of: revived, name)
        tally.add(.putBack, revived.count)
        try end()
        return true
    }

    /// Leaves nothing behind.
    func cleanUp() throws {
        guard scene.isCluster else { return }
        try end()
        for session in sessions {
            tally.noteRemoved(things, try client.send(things.map { $0.removing(session) }))
        }
    }

    private typealias Candidate = (thing: PlayedThing, session: PlayedSession)

    private func write() throws {
        for session in sessions {
            let requests = things.map { $0.writing(session, pointersExpire: !scene.evicts) }
            tally.noteWritten(things, of: session, try client.send(requests))
        }
    }

    /// Lets the sessions live of those things that are there at this moment.
    private func revive(_ candidates: [Candidate], on connection: TestClient) throws -> [Candidate] {
        let there = try candidates.filter { thing, session in
            let replies = try connection.pipeline(thing.asking(session).commands)
            // One whose slot has moved meanwhile is answered with an error.
            return !replies.contains(where: \.isError)
                && thing.isThere(replies, session, pointersExpire: !scene.evicts)
        }
        for (_, session) in there {
            let replies = try client.send([KeyedRequest(session.key, [["SET", session.key, session.undated]])])
            guard !replies[0][0].isOfFullServer else { return [] }
        }
        return there
    }

    private func expectReturn(of revived: [Candidate], _ name: String) throws {
        let deadline = Deadline(in: .seconds(15))
        for (thing, session) in revived {
            while try !thing.isThere(client.send([thing.asking(session)])[0], session, pointersExpire: !scene.evicts) {
                guard deadline.hasPassed else { continue }
                tally.complain(
                    "\(session.key) came to life in time and has lost its \(thing) (\(session.index)): \(name)")
                break
            }
        }
    }

    private func end() throws {
        guard scene.isCluster else { return }
        for session in sessions { _ = try client.send([KeyedRequest(session.key, [["DEL", session.key]])]) }
    }
}

/// What a server tells of a connection of a run.
struct RunConnection {
    /// The last one that came.
    var command: String
    /// Whether the server holds it back.
    var isHeld: Bool
    /// How long there was no other one.
    var idleSeconds: Int

    /// Waits until there is one like that.
    static func awaits(
        on node: TestClient, within limit: Duration, _ isWanted: (RunConnection) -> Bool
    ) throws -> Bool {
        let deadline = Deadline(in: limit)
        while !deadline.hasPassed {
            if try all(on: node).contains(where: isWanted) { return true }
        }
        return false
    }

    /// A run comes by TCP, the tests do not.
    private static func all(on node: TestClient) throws -> [RunConnection] {
        let lines = try node.call("CLIENT", "LIST").text?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            let words = line.split(separator: " ")
            guard words.contains(where: { $0.hasPrefix("addr=127.0.0.1:") }) else { return nil }
            func value(_ name: String) -> String {
                words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
            }
            return RunConnection(
                command: value("cmd"), isHeld: value("flags") == "b", idleSeconds: Int(value("idle")) ?? 0)
        }
    }
}
