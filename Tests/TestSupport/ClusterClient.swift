import Glibc
import Synchronization

@testable import RedisClient

/// Sends any command to the node of a cluster that has its key, wherever that is by now; usable from several threads.
public final class ClusterClient: Sendable {
    /// What is known of the nodes; one connection to each serves all its slots.
    private struct Routes {
        var clients: [Int: TestClient] = [:]
        /// For each slot the port of the node that has it.
        var ports: [Int: Int] = [:]
    }

    private let cluster: PrivateCluster
    private let routes = Mutex(Routes())

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
        try send([words], about: words[1])[0]
    }

    public func run(_ commands: [[Bytes]]) throws {
        for command in commands { try call(command) }
    }

    /// Sends one command, or one transaction, about one key; the first error reply is thrown.
    ///
    /// Where the key is on its way all of it is sent again: a node that refuses a part of a transaction carries out none.
    /// That a node is full may be an answer.
    public func send(
        _ commands: [[Bytes]], about key: Bytes, returnsOutOfMemory: Bool = false
    ) throws -> [RedisValue] {
        let slot = HashSlot.of(key.raw)
        let deadline = Deadline(in: .seconds(15))
        var port = try owner(ofSlot: slot)
        var isAsking = false
        while true {
            guard let replies = try? client(onPort: port).pipeline((isAsking ? [["ASKING"]] : []) + commands) else {
                // Its node is gone; another one takes over.
                guard !deadline.hasPassed else { throw SupportError("no node answers \(commands[0].prefix(2))") }
                routes.withLock { routes in
                    routes.clients[port] = nil
                    routes.ports = [:]
                }
                isAsking = false
                if let owner = try? owner(ofSlot: slot) { port = owner }
                continue
            }
            let answers = Array(replies.suffix(commands.count))
            guard let text = answers.lazy.compactMap(\.errorText).first else { return answers }
            let parts = text.split(separator: " ")
            guard !deadline.hasPassed else {
                throw SupportError("\(commands[0].prefix(2)) is still answered with: \(text)")
            }
            switch parts.first {
            case "MOVED", "ASK":
                guard let named = Int(parts[2].split(separator: ":").last ?? "") else { throw SupportError(text) }
                port = named
                isAsking = parts.first == "ASK"
                if !isAsking { routes.withLock { $0.ports[slot] = named } }
            case "TRYAGAIN", "CLUSTERDOWN": usleep(1_000)
            case "OOM" where returnsOutOfMemory: return answers
            default: throw SupportError("\(commands[0].prefix(4)) was answered with: \(text)")
            }
        }
    }

    private func owner(ofSlot slot: Int) throws -> Int {
        if let port = routes.withLock({ $0.ports[slot] }) { return port }
        let ports = try cluster.ports()
        guard let port = ports[slot] else { throw SupportError("no node has slot \(slot)") }
        routes.withLock { $0.ports = ports }
        return port
    }

    private func client(onPort port: Int) throws -> TestClient {
        if let client = routes.withLock({ $0.clients[port] }) { return client }
        let client = try cluster.node(onPort: port).client()
        routes.withLock { $0.clients[port] = client }
        return client
    }
}

extension RedisValue {
    fileprivate var errorText: String? {
        if case .error(let text) = self { text } else { nil }
    }
}
