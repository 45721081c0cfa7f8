import Foundation
import Synchronization
import TestSupport

@testable import RedisClient

/// The servers of a race, whatever their topology: the janitor comes by TCP, the tests by unix sockets.
final class RaceHost: Sendable {
    private enum Servers: Sendable {
        case one(PrivateRedis)
        case pair(SentinelService)
        case cluster(PrivateCluster)
    }

    private let servers: Servers
    private let tally: RaceTally

    init(_ scene: RaceScene, _ tally: RaceTally) throws {
        self.tally = tally
        // A script that is called under a stall is not to be called busy, and tests may let a server hang.
        let arguments = ServerProgram.debugArguments
        servers =
            switch scene.topology {
            case .server: .one(try PrivateRedis(arguments, listensOnPort: true))
            case .sentinel: .pair(try SentinelService(arguments))
            case .cluster:
                .cluster(
                    try PrivateCluster(
                        withReplicas: scene.disturbances.contains(.failOver),
                        // No replica takes over by itself: what it had not received would be lost.
                        arguments: arguments + ["--cluster-node-timeout", "15000"],
                        clockOffsets: scene.clockOffset.map { [0: $0] } ?? [:]))
            }
    }

    /// For the janitor; of a cluster any node will do, replicas as well.
    func url(_ random: inout SplitMix64) -> String {
        switch servers {
        case .one(let redis): "redis://127.0.0.1:\(redis.port ?? 0)"
        case .pair(let pair): pair.url
        case .cluster(let cluster):
            cluster.url(Int.random(in: 0..<cluster.primaries.count + cluster.replicas.count, using: &random))
        }
    }

    func client() throws -> any KeyedClient {
        switch servers {
        case .one(let redis): try redis.client()
        case .pair(let pair): SentinelClient(pair, tally)
        case .cluster(let cluster): ClusterClient(cluster)
        }
    }

    var single: PrivateRedis? { if case .one(let redis) = servers { redis } else { nil } }
    var pair: SentinelService? { if case .pair(let pair) = servers { pair } else { nil } }
    var cluster: PrivateCluster? { if case .cluster(let cluster) = servers { cluster } else { nil } }

    func primaries() throws -> [PrivateRedis] {
        switch servers {
        case .one(let redis): [redis]
        case .pair(let pair): [pair.primary]
        case .cluster(let cluster): try cluster.presentPrimaries()
        }
    }

    /// In whole seconds, of a clock that is right.
    func time() throws -> Int {
        Int(try primaries()[cluster == nil ? 0 : 1].client().call("TIME").strings[0].text) ?? 0
    }

    /// Tells which node of a cluster has a key, by its port; of one server all are at home there.
    func homes() throws -> (Bytes) -> Int? {
        guard let cluster else {
            let port = try primaries()[0].port
            return { _ in port }
        }
        let ports = try cluster.ports()
        return { ports[HashSlot.of($0.raw)] }
    }

    func snapshot() throws -> [Bytes: StoredKey] {
        try primaries().reduce(into: [:]) { keys, node in
            keys.merge(try Snapshot(node.client()).keys) { $1 }
        }
    }
}

/// A primary, its replica and the sentinel that watches over them.
final class SentinelService: Sendable {
    private struct State {
        var primary: PrivateRedis
        var replica: PrivateRedis
        /// Whether the replica has all that the primary has acknowledged.
        var isReplicated = true
        var isChanging = false
    }

    private let state: Mutex<State>
    private let sentinel: PrivateSentinel

    var url: String { sentinel.url }
    var primary: PrivateRedis { state.withLock { $0.primary } }

    init(_ arguments: [String]) throws {
        let words = arguments + ["--repl-diskless-sync-delay", "0"]
        let primary = try PrivateRedis(words, listensOnPort: true)
        let port = primary.port ?? 0
        let replica = try PrivateRedis(words + ["--replicaof", "127.0.0.1", "\(port)"], listensOnPort: true)
        state = Mutex(State(primary: primary, replica: replica))
        sentinel = try PrivateSentinel(primary: port)
        try awaitReplica()
    }

    /// Where to send commands to; and whether they are done only when the replica has them. Nil while that changes.
    var place: (primary: PrivateRedis, isReplicated: Bool)? {
        state.withLock { $0.isChanging ? nil : ($0.primary, $0.isReplicated) }
    }

    /// Lets the replica take over; a primary that has stalled goes on as if nothing had happened, for a while. False if the
    /// sentinel does not want to.
    func failOver(stalling: Bool, for duration: Duration) throws -> Bool {
        let (old, new) = state.withLock { state in
            state.isChanging = true
            return (state.primary, state.replica)
        }
        defer { state.withLock { $0.isChanging = false } }
        if stalling { old.freeze() }
        defer { if stalling { old.thaw() } }
        do {
            try sentinel.failOver(to: new)
        } catch let error as SupportError {
            // A sentinel that has itself been held up does nothing for half a minute.
            guard try new.client().call("ROLE").elements[0].text == "slave" else { throw error }
            return false
        }
        if stalling {
            old.thaw()
            Deadline.pause(duration)
        }
        state.withLock { state in
            state = State(primary: new, replica: old, isReplicated: false)
        }
        // The sentinel would do this, too, after some time.
        _ = try? old.client().pipeline([
            ["MULTI"], ["REPLICAOF", "127.0.0.1", Bytes(new.port ?? 0)], ["CLIENT", "KILL", "TYPE", "normal"], ["EXEC"],
        ])
        try awaitReplica()
        state.withLock { $0.isReplicated = true }
        return true
    }

    private func awaitReplica() throws {
        let client = try primary.client()
        try Deadline.wait(for: "a replica with all the data") {
            guard try client.call("INFO", "replication").text?.contains("state=online") == true else { return false }
            return try client.call("WAIT", "1", "100") == .integer(1)
        }
    }
}

/// Follows the primary of a service. What its replica has not received is sent again: the primary may be one no more.
final class SentinelClient: KeyedClient {
    private let service: SentinelService
    private let tally: RaceTally
    private let connection = Mutex<(port: Int?, client: TestClient)?>(nil)

    init(_ service: SentinelService, _ tally: RaceTally) {
        self.service = service
        self.tally = tally
    }

    func send(_ requests: [KeyedRequest]) throws -> [[RedisValue]] {
        var answer: [[RedisValue]]?
        try Deadline.wait(for: "an answer of the primary", within: .seconds(300)) {
            guard let place = service.place else { return false }
            let wait = [KeyedRequest("", place.isReplicated ? [["WAIT", "1", "500"]] : [])]
            if let replies = try? client(of: place.primary).send(requests + wait) {
                if replies.last?.first != .integer(0), service.place?.primary === place.primary {
                    answer = replies.dropLast()
                    return true
                }
            } else {
                connection.withLock { $0 = nil }
            }
            tally.add(.resent, requests.count)
            return false
        }
        return answer ?? []
    }

    private func client(of primary: PrivateRedis) throws -> TestClient {
        try connection.withLock { connection in
            if let connection, connection.port == primary.port { return connection.client }
            let client = try primary.client()
            connection = (primary.port, client)
            return client
        }
    }
}
