import TestSupport

@testable import RedisClient

/// Lets sessions appear at the one moment that matters: after a run has missed them, before it takes their entries out.
///
/// A primary that holds writes back makes the moment long enough; the sessions are those on the other nodes.
struct SessionReviver {
    private(set) var rounds = 0
    private(set) var revivals = 0
    private(set) var complaints: [String] = []
    private let cluster: PrivateCluster
    private let client: ClusterClient
    private let sessions: [PlayedSession]
    private var random: SplitMix64

    /// Shorter than the grace time, which a login of the application may take half of.
    private static let pause = Duration.milliseconds(100)

    init(_ cluster: PrivateCluster, seed: UInt64) {
        self.cluster = cluster
        client = ClusterClient(cluster)
        random = SplitMix64(seed: seed ^ 0x4e71)
        // Users whom the application does not have.
        sessions = (0..<60).map { PlayedSession(id: "revived-\($0)", user: 1_000_000 + $0 / 3) }
    }

    /// Waits a while for a run that is about to remove something from one of the primaries.
    mutating func reviveOnce() throws {
        rounds += 1
        for session in sessions {
            _ = try client.send(session.index.adding(session.id, to: session.indexKey), about: session.indexKey)
        }
        guard let node = try cluster.presentPrimaries().randomElement(using: &random), let port = node.port else {
            return
        }
        let ports = try cluster.ports()
        let candidates = sessions.filter {
            ports[KeySlot.of($0.indexKey.raw)] == port && ports[KeySlot.of($0.key.raw)] != port
        }
        let connection = try node.client()
        guard try PausedNode.awaitCommand("exists", on: connection, within: .seconds(1)) else { return }
        let revived = try PausedNode(node: connection, limit: SessionReviver.pause).run {
            () throws -> [PlayedSession] in
            guard
                try PausedNode.awaitCommand("evalsha", on: connection, within: SessionReviver.pause, blocked: true)
            else { return [] }
            let listed = try candidates.filter { session in
                let reply = try connection.pipeline([session.index.asking(for: session.id, in: session.indexKey)])[0]
                if case .error = reply { return false }
                return session.index.isThere(reply)
            }
            for session in listed { try client.call("SET", session.key, Appauth.living) }
            return listed
        }
        let deadline = Deadline(in: .seconds(15))
        for session in revived where try !comesBack(session, before: deadline) {
            complaints.append("\(session.key) came to life in time and has lost its entry")
        }
        revivals += revived.count
        for session in sessions { try client.call("DEL", session.key) }
    }

    /// Leaves nothing behind.
    func cleanUp() throws {
        for session in sessions {
            try client.call("DEL", session.key)
            try client.call("DEL", session.indexKey)
        }
    }

    private func comesBack(_ session: PlayedSession, before deadline: Deadline) throws -> Bool {
        let question = [session.index.asking(for: session.id, in: session.indexKey)]
        // What was held back has been carried out before this is asked for the first time.
        while true {
            let reply = try client.send(question, about: session.indexKey)[0]
            if session.index.isThere(reply) { return true }
            if deadline.hasPassed { return false }
        }
    }
}
