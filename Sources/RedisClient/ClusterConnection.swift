/// A conversation with a Redis Cluster as if it were one server: each command goes to the node that has its key.
///
/// MOVED, ASK, TRYAGAIN and CLUSTERDOWN are followed here, and what a lost primary did not answer is asked of the one
/// that took over, so that callers do not notice. EXISTS and MGET of several keys are asked key by key and put
/// together, DBSIZE is the sum. A command without a key goes to the home node. Not for use by several threads.
public final class ClusterConnection: RedisConversation {
    public var endpoint: Endpoint { nodes.endpoint }
    public let server: ServerInfo
    public var writeCommandsSent: Int { nodes.writeCommandsSent }
    public var unanswered: Int { awaited.count - answered }
    /// Who has which slots, as far as is known.
    public var topology: ClusterTopology { nodes.topology }

    private let nodes: ClusterNodes
    private let home: Int
    /// The scripts loaded through this connection, by their digests: another node may not have them.
    private var scripts: [[UInt8]: [UInt8]] = [:]
    private var loading: [[UInt8]] = []

    /// A command whose reply has not been received, and the links of its parts.
    private struct Awaited {
        var command: RedisCommand
        var parts: Int
    }
    private var awaited: [Awaited] = []
    private var answered = 0
    private var partLinks: [Int] = []
    private var answeredParts = 0

    private var single = CommandArguments()
    private let part = Reply()

    /// Connects to any node of a cluster and asks it for the others.
    public static func open(
        to endpoint: Endpoint, mode: AccessMode, timeout: Duration, retries: RetryPolicy = .standard
    ) throws(RedisError) -> ClusterConnection {
        let start = try RedisConnection(to: endpoint, mode: mode, timeout: timeout, retries: retries)
        return try open(start, mode: mode, timeout: timeout, retries: retries)
    }

    static func open(
        _ start: RedisConnection, mode: AccessMode, timeout: Duration, retries: RetryPolicy
    ) throws(RedisError) -> ClusterConnection {
        let address =
            switch start.endpoint.address {
            case .tcp(let host, let port): NodeAddress(host: host, port: port)
            case .unix: NodeAddress(host: "127.0.0.1", port: 6379)
            }
        let topology = try ClusterNodes.ask(start, address)
        guard let first = topology.shards.first?.primary.address else {
            throw .server(
                command: .clusterShards, code: "CLUSTERDOWN", message: "CLUSTERDOWN the cluster has no slots")
        }
        let nodes = ClusterNodes(
            start.endpoint, mode: mode, timeout: timeout, retries: retries, topology: topology)
        var server = start.server
        server.primaries = topology.shards.count
        return ClusterConnection(nodes, server: server, home: first)
    }

    private init(_ nodes: ClusterNodes, server: ServerInfo, home: NodeAddress) {
        self.nodes = nodes
        self.server = server
        self.home = nodes.link(to: home)
    }

    /// Another conversation with the same cluster, with connections of its own and this home.
    public func sibling(home: NodeAddress) -> ClusterConnection {
        let copy = ClusterNodes(
            nodes.endpoint, mode: nodes.mode, timeout: nodes.timeout, retries: nodes.retries, topology: topology)
        return ClusterConnection(copy, server: server, home: home)
    }

    /// Asks the cluster anew who has which slots.
    public func refreshTopology() throws(RedisError) -> ClusterTopology {
        try nodes.refresh()
        return nodes.topology
    }

    /// The slots that are on their way from one primary to another at this moment.
    public func openSlots() throws(RedisError) -> Set<Int> {
        var slots: Set<Int> = []
        for shard in topology.shards {
            let reply = try nodes.detour(to: shard.primary.address).call(.clusterNodes)
            slots.formUnion(ClusterTopologyReader.openSlots(reply.text(0)))
        }
        return slots
    }

    // MARK: Sending

    public func append(_ command: RedisCommand, _ arguments: CommandArguments) throws(RedisError) {
        switch command.keys {
        case .none:
            if command == .scriptLoad, arguments.count == 1 { loading.append(arguments.withArgument(0) { Array($0) }) }
            try append(command, arguments, link: home)
        case .everywhere:
            let links = topology.shards.map { nodes.link(to: $0.primary.address) }
            for link in links {
                try connection(link).append(command, arguments)
                partLinks.append(link)
            }
            awaited.append(Awaited(command: command, parts: links.count))
        case .first: try append(command, arguments, link: try nodes.link(toSlot: slot(arguments, 0)))
        case .script:
            let link = arguments.count > 2 ? try nodes.link(toSlot: slot(arguments, 2)) : home
            try append(command, arguments, link: link)
        case .all where arguments.count == 1:
            try append(command, arguments, link: try nodes.link(toSlot: slot(arguments, 0)))
        case .all:
            for key in 0..<arguments.count {
                single.removeAll()
                arguments.withArgument(key) { single.append($0) }
                let link = try nodes.link(toSlot: slot(single, 0))
                try connection(link).append(command, single)
                partLinks.append(link)
            }
            awaited.append(Awaited(command: command, parts: arguments.count))
        }
    }

    private func append(_ command: RedisCommand, _ arguments: CommandArguments, link: Int) throws(RedisError) {
        try connection(link).append(command, arguments)
        partLinks.append(link)
        awaited.append(Awaited(command: command, parts: 1))
    }

    private func connection(_ link: Int) throws(RedisError) -> RedisConnection {
        try nodes.connection(link)
    }

    private func slot(_ arguments: CommandArguments, _ index: Int) -> Int {
        arguments.withArgument(index) { KeySlot.of($0) }
    }

    public func flush() throws(RedisError) {
        for (link, error) in nodes.flush() { try nodes.replace(link, after: error) }
    }

    // MARK: Receiving

    @discardableResult
    public func receiveAny(
        into reply: Reply, afterNodes: Int, early: () throws(RedisError) -> Void
    ) throws(RedisError) -> RedisCommand {
        try flush()
        precondition(unanswered > 0, "a reply is awaited to no command")
        let (command, parts) = (awaited[answered].command, awaited[answered].parts)
        if parts == 1 {
            try receivePart(into: reply, afterNodes: afterNodes, early: early)
        } else {
            try receiveParts(parts, of: command, into: reply)
        }
        if command == .scriptLoad, !loading.isEmpty {
            let source = loading.removeFirst()
            if reply.kind(0) == .string { scripts[Array(reply.bytes(0))] = source }
        }
        answered += 1
        if answered == awaited.count {
            awaited.removeAll(keepingCapacity: true)
            partLinks.removeAll(keepingCapacity: true)
            answered = 0
            answeredParts = 0
        } else if answered >= 4_096 {
            awaited.removeFirst(answered)
            partLinks.removeFirst(answeredParts)
            answered = 0
            answeredParts = 0
        }
        return command
    }

    /// Puts the answers for single keys together to the one that the whole command would have had.
    private func receiveParts(_ parts: Int, of command: RedisCommand, into reply: Reply) throws(RedisError) {
        reply.clear()
        var sum = 0
        var failure: String?
        if command == .mget { reply.append(.array, value: parts) }
        for _ in 0..<parts {
            try receivePart(into: part)
            switch (part.kind(0), part.count) {
            case (.error, _): failure = failure ?? part.text(0)
            case (.integer, _): sum += part.integer(0)
            case (.array, 2) where part.kind(1) == .string:
                part.bytes(1).withMemoryRebound(to: UInt8.self) { reply.append(.string, bytes: $0) }
            default: reply.append(.null, value: 0)
            }
        }
        if let failure {
            reply.clear()
            Array(failure.utf8).withUnsafeBufferPointer { reply.append(.error, bytes: $0) }
        } else if command != .mget {
            reply.append(.integer, value: sum)
        }
    }

    private func receivePart(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) {
        let link = partLinks[answeredParts]
        while true {
            let connection = try connection(link)
            do throws(RedisError) {
                try connection.receiveUnsettled(into: reply, afterNodes: afterNodes, early: early)
            } catch {
                try nodes.replace(link, after: error)
                continue
            }
            answeredParts += 1
            guard reply.kind(0) == .error else {
                connection.settle()
                return
            }
            let formatted = connection.oldestUnanswered
            let detour = ClusterDetour(
                nodes, scripts: scripts, command: connection.settle(), formatted: formatted,
                from: nodes.address(link))
            return try detour.follow(reply)
        }
    }
}
