import Synchronization

@testable import RedisClient

/// Sends any command to the node of a cluster that has its key, wherever that is by now.
public final class ClusterClient: Sendable {
    private let cluster: PrivateCluster
    private let clients: Mutex<[Int: TestClient]> = Mutex([:])

    public init(_ cluster: PrivateCluster) {
        self.cluster = cluster
    }

    /// Sends one command whose second word is its key.
    @discardableResult
    public func call(_ words: Bytes...) throws -> RedisValue {
        try call(words)
    }

    @discardableResult
    public func call(_ words: [Bytes]) throws -> RedisValue {
        let slot = KeySlot.of(words[1].raw)
        let deadline = Deadline(in: .seconds(15))
        var target = try client(ofSlot: slot)
        var isAsking = false
        while true {
            guard let reply = try? target.pipeline((isAsking ? [["ASKING"]] : []) + [words]).last else {
                // Its node is gone; another one takes over.
                guard !deadline.hasPassed else { throw SupportError("no node answers \(words.prefix(2))") }
                clients.withLock { $0[slot] = nil }
                isAsking = false
                if let owner = try? client(ofSlot: slot) { target = owner }
                continue
            }
            guard case .error(let text) = reply, !deadline.hasPassed else { return reply }
            let parts = text.split(separator: " ")
            switch parts.first {
            case "MOVED", "ASK":
                isAsking = parts.first == "ASK"
                let port = Int(parts[2].split(separator: ":").last ?? "")
                guard let node = (cluster.primaries + cluster.replicas).first(where: { $0.port == port }) else {
                    throw SupportError(text)
                }
                target = try node.client()
                if !isAsking { clients.withLock { $0[slot] = target } }
            case "TRYAGAIN", "CLUSTERDOWN": continue
            default: throw SupportError("\(words.prefix(4)) was answered with: \(text)")
            }
        }
    }

    public func run(_ commands: [[Bytes]]) throws {
        for command in commands { try call(command) }
    }

    private func client(ofSlot slot: Int) throws -> TestClient {
        if let client = clients.withLock({ $0[slot] }) { return client }
        let client = try cluster.owner(ofSlot: slot).client()
        clients.withLock { $0[slot] = client }
        return client
    }
}
