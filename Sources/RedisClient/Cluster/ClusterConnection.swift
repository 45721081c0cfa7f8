/// A conversation with a Redis Cluster as if it were one server: each command goes to the node that has its key.
///
/// MOVED, ASK, TRYAGAIN and CLUSTERDOWN are followed here, and what a lost primary did not answer is asked of the one
/// that took over, so that callers do not notice. What was waited for in vain once is not waited for again: the error says
/// ``RedisError/unreachable(node:_:)``, at once. EXISTS and MGET of several keys are asked key by key and put together, DBSIZE is the
/// sum. A command without a key goes to the home node. Not for use by several threads.
public final class ClusterConnection: RedisPipeline {
    public var endpoint: Endpoint { nodes.endpoint }
    public let server: ServerInfo
    public var writeCommandsSent: Int { nodes.writeCommandsSent }
    public var unanswered: Int { awaited.count - answered }
    public var topology: ClusterTopology { nodes.topology }
    public var lostNodes: [NodeAddress] { nodes.lost.sorted { $0.description < $1.description } }

    /// A command whose reply has not been received, and how many nodes' answers make it up.
    private struct Awaited {
        var command: RedisCommand
        var parts: Int
    }

    /// One node's share of a command.
    private struct Part {
        /// Below zero if it is lost, with the place of the reason.
        var link: Int
        /// The slot of its key, if it has one.
        var slot: Int?
    }

    private let nodes: ClusterNodes
    private let home: Int
    /// Which process of the home node's began the walk.
    private var walkOrigin = 0
    /// The scripts loaded through this connection, by their digests: another node may not have them.
    private var scripts: [[UInt8]: [UInt8]] = [:]
    private var loading: [[UInt8]] = []

    private var awaited: [Awaited] = []
    private var answered = 0
    private var parts: [Part] = []
    private var answeredParts = 0
    private var failures: [RedisError] = []

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
            case .unix, .sentinel: NodeAddress(host: "127.0.0.1", port: 6379)
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

    /// Another conversation with the same cluster, with connections of its own and this shard's node for its home.
    public func sibling(at shard: ClusterTopology.Shard) -> any RedisPipeline {
        let copy = ClusterNodes(
            nodes.endpoint, mode: nodes.mode, timeout: nodes.timeout, retries: nodes.retries, topology: topology,
            readers: nodes.readers)
        return ClusterConnection(copy, server: server, home: copy.reader(of: shard))
    }

    /// A conversation for reading that asks these replicas, named by their primaries.
    func reading(from readers: [String: NodeAddress]) -> ClusterConnection {
        let copy = ClusterNodes(
            nodes.endpoint, mode: .readOnly, timeout: nodes.timeout, retries: nodes.retries, topology: topology,
            readers: readers)
        return ClusterConnection(copy, server: server, home: nodes.address(home))
    }

    public func slot(of key: UnsafeRawBufferPointer) -> Int { HashSlot.of(key) }

    public func refreshTopology() throws(RedisError) -> ClusterTopology {
        try nodes.refresh()
        return nodes.topology
    }

    public func openSlots() throws(RedisError) -> Set<Int> {
        var slots: Set<Int> = []
        for shard in topology.shards {
            do throws(RedisError) {
                let reply = try nodes.detour(to: shard.primary.address).call(.clusterNodes)
                slots.formUnion(ClusterTopologyReader.openSlots(reply.text(0)))
            } catch {
                // What a lost node has is out of reach anyway.
                nodes.drop(detourTo: shard.primary.address)
                guard error.at(shard.primary.address).inCluster.isUnreachable else { throw error }
            }
        }
        return slots
    }

    public func openHome() throws(RedisError) {
        _ = try nodes.connection(home)
    }

    public func forgetLosses() {
        nodes.forgetLosses()
    }

    public var lastDeadline: ContinuousClock.Instant { nodes.lastDeadline }

    // MARK: Sending

    /// What cannot be sent is thrown where its reply is received, so that replies and commands stay in step.
    public func append(_ command: RedisCommand, _ arguments: CommandArguments) throws(RedisError) {
        guard nodes.mode.permits(command) else { throw .refusedOnReadOnlyConnection(command) }
        var parts = 1
        switch command.keys {
        case .none where command == .scan: appendScan(arguments)
        case .none: append(command, arguments, to: nodes.link(besidesLost: home))
        case .everywhere:
            if command == .scriptLoad { loading.append(arguments.withArgument(0) { Array($0) }) }
            let shards = topology.shards
            parts = shards.count
            for shard in shards { append(command, arguments, to: nodes.link(to: nodes.reader(of: shard))) }
        case .first: append(command, arguments, key: 0)
        case .script where arguments.count < 3: append(command, arguments, to: home)
        case .script: append(command, arguments, key: 2)
        case .all where arguments.count == 1: append(command, arguments, key: 0)
        case .all:
            parts = arguments.count
            for key in 0..<parts {
                single.removeAll()
                arguments.withArgument(key) { single.append($0) }
                append(command, single, key: 0)
            }
        }
        awaited.append(Awaited(command: command, parts: parts))
    }

    /// A walk goes on where it began, or not at all: a cursor means nothing to another process.
    private func appendScan(_ arguments: CommandArguments) {
        do throws(RedisError) {
            // To open it may take another node, too.
            let connection = try nodes.connection(home)
            if arguments.withArgument(0, { $0.elementsEqual("0".utf8) }) { walkOrigin = nodes.successions(home) }
            guard walkOrigin == nodes.successions(home) else {
                throw RedisError.serverRestarted.at(nodes.address(home))
            }
            try connection.append(.scan, arguments)
            parts.append(Part(link: home, slot: nil))
        } catch {
            parts.append(Part(link: place(of: error), slot: nil))
        }
    }

    /// To the node that has this argument's slot.
    private func append(_ command: RedisCommand, _ arguments: CommandArguments, key: Int) {
        let slot = arguments.withArgument(key) { HashSlot.of($0) }
        do throws(RedisError) {
            append(command, arguments, to: try nodes.link(toSlot: slot), slot: slot)
        } catch {
            parts.append(Part(link: place(of: error), slot: slot))
        }
    }

    private func append(_ command: RedisCommand, _ arguments: CommandArguments, to link: Int, slot: Int? = nil) {
        do throws(RedisError) {
            if arguments.endsWithDeadline { try nodes.readClock(link) }
            try nodes.connection(link).append(command, arguments)
            parts.append(Part(link: link, slot: slot))
        } catch {
            parts.append(Part(link: place(of: error), slot: slot))
        }
    }

    private func place(of error: RedisError) -> Int {
        failures.append(error)
        return -failures.count
    }

    public func flush() throws(RedisError) {
        for (link, error) in nodes.flush() { recover(link, after: error) }
    }

    /// Goes on with the node that took over, or notes that what was on its way there has no answer.
    private func recover(_ link: Int, after error: RedisError) {
        do throws(RedisError) {
            try nodes.replace(link, after: error)
        } catch {
            nodes.drop(link)
            let place = place(of: error)
            for part in answeredParts..<parts.count where parts[part].link == link { parts[part].link = place }
        }
    }

    // MARK: Receiving

    @discardableResult
    public func receiveAny(
        into reply: Reply, afterNodes: Int, early: () throws(RedisError) -> Void
    ) throws(RedisError) -> RedisCommand {
        try flush()
        precondition(unanswered > 0, "a reply is awaited to no command")
        let (command, count) = (awaited[answered].command, awaited[answered].parts)
        answered += 1
        defer { forgetAnswered() }
        do throws(RedisError) {
            if count == 1 {
                try receivePart(of: command, into: reply, afterNodes: afterNodes, early: early)
            } else {
                try receiveParts(count, of: command, into: reply)
            }
        } catch {
            throw error.inCluster
        }
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: command).inCluster
            if error.isUnreachable { throw error }
        }
        if command == .scriptLoad, !loading.isEmpty {
            let source = loading.removeFirst()
            if reply.kind(0) == .string { scripts[Array(reply.bytes(0))] = source }
        }
        return command
    }

    private func forgetAnswered() {
        if answered == awaited.count {
            awaited.removeAll(keepingCapacity: true)
            parts.removeAll(keepingCapacity: true)
            failures.removeAll()
            answered = 0
            answeredParts = 0
        } else if answered >= 4_096 {
            awaited.removeFirst(answered)
            parts.removeFirst(answeredParts)
            answered = 0
            answeredParts = 0
        }
    }

    /// Puts the answers of several nodes, or for several keys, together to the one that the whole command would have had.
    private func receiveParts(_ parts: Int, of command: RedisCommand, into reply: Reply) throws(RedisError) {
        reply.clear()
        var sum = 0
        var error: String?
        var lost: RedisError?
        if command == .mget { reply.append(.array, value: parts) }
        for _ in 0..<parts {
            do throws(RedisError) {
                try receivePart(of: command, into: part)
            } catch {
                lost = lost ?? error
                continue
            }
            switch (part.kind(0), part.count) {
            case (.error, _): error = error ?? part.text(0)
            case (.integer, _): sum = sum.adding(clamped: part.integer(0))
            case (.string, _):
                // The same digest from every node.
                reply.clear()
                reply.append(.string, copying: part.bytes(0))
            case (.array, 2) where part.kind(1) == .string: reply.append(.string, copying: part.bytes(1))
            default: reply.append(.null, value: 0)
            }
        }
        // A node that has not got a script is given it when it is needed.
        let isEnough = command == .scriptLoad && error == nil && reply.count > 0
        if let lost, !isEnough { throw lost }
        if let error {
            reply.clear()
            Array(error.utf8).withUnsafeBytes { reply.append(.error, copying: $0) }
        } else if command == .exists || command == .dbsize {
            reply.append(.integer, value: sum)
        }
    }

    private func receivePart(
        of command: RedisCommand, into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) {
        while true {
            let (link, slot) = (parts[answeredParts].link, parts[answeredParts].slot)
            guard link >= 0 else {
                answeredParts += 1
                let failure = failures[-link - 1]
                guard failure.inCluster.isUnreachable, [.info, .ping, .time].contains(command) else { throw failure }
                return try nodes.askAny(command, besides: failure, into: reply)
            }
            let connection: RedisConnection
            do throws(RedisError) {
                connection = try nodes.connection(link)
                try connection.receiveUnsettled(into: reply, afterNodes: afterNodes, early: early)
            } catch {
                recover(link, after: error)
                continue
            }
            answeredParts += 1
            let formatted = reply.kind(0) == .error ? connection.oldestUnanswered : nil
            let command = connection.settle()
            guard let formatted else { return }
            let redirect = ClusterRedirect(
                nodes: nodes, scripts: scripts, command: command, formatted: formatted, slot: slot,
                start: nodes.address(link))
            return try redirect.follow(reply)
        }
    }
}
