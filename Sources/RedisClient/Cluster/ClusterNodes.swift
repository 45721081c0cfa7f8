/// The nodes of a cluster with a connection to each that was needed, and the slots that each has.
final class ClusterNodes {
    private struct Link {
        var address: NodeAddress
        var connection: RedisConnection?
        /// A slot of the node, or the last one that it had: it tells who has taken over.
        var slot: Int?
        /// How often another process, of this node or another, has taken the place of the one before.
        var successions = 0
    }

    let endpoint: Endpoint
    let mode: AccessMode
    let timeout: Duration
    let retries: RetryPolicy
    private(set) var topology: ClusterTopology
    /// The replicas that are read instead of their primaries, by the primaries' names.
    let readers: [String: NodeAddress]

    private var links: [Link] = []
    /// For each slot the link to its node.
    private var table = [Int](repeating: -1, count: HashSlot.count)
    /// Connections for single questions, where nothing else is under way.
    private var detours: [NodeAddress: RedisConnection] = [:]
    /// What was sent on connections that are gone.
    private var formerWrites = 0
    private var formerDeadline = ContinuousClock.now
    /// Nodes that were waited for in vain; nothing more is sent to them.
    private(set) var lost: Set<NodeAddress> = []
    /// Slots that stayed on their way, and nodes that did not serve theirs, for as long as anything is waited for.
    private var stuckSlots: Set<Int> = []
    private var idleNodes: Set<NodeAddress> = []
    /// Nodes that have served their slots again after a wait.
    private var returned: Set<NodeAddress> = []

    /// A lost connection is opened again once; after that the cluster is asked who has taken over.
    private static let reopening = RetryPolicy(pauses: [.milliseconds(100)])

    init(
        _ endpoint: Endpoint, mode: AccessMode, timeout: Duration, retries: RetryPolicy, topology: ClusterTopology,
        readers: [String: NodeAddress] = [:]
    ) {
        self.endpoint = endpoint
        self.mode = mode
        self.timeout = timeout
        self.retries = retries
        self.readers = readers
        self.topology = topology
        adopt(topology)
    }

    var writeCommandsSent: Int {
        links.reduce(formerWrites) { $0 + ($1.connection?.writeCommandsSent ?? 0) }
            + detours.values.reduce(0) { $0 + $1.writeCommandsSent }
    }

    var lastDeadline: ContinuousClock.Instant {
        let connections = links.compactMap(\.connection) + detours.values
        return connections.reduce(formerDeadline) { max($0, $1.lastDeadline) }
    }

    /// Remembers of a connection that goes what others want to know of all.
    private func noteEnd(of connection: RedisConnection?) {
        guard let connection else { return }
        formerWrites += connection.writeCommandsSent
        formerDeadline = max(formerDeadline, connection.lastDeadline)
    }

    // MARK: Links

    /// The place of the link to this node.
    func link(to address: NodeAddress) -> Int {
        if let place = links.firstIndex(where: { $0.address == address }) { return place }
        links.append(Link(address: address))
        return links.count - 1
    }

    /// The place of the link to the node that has this slot.
    func link(toSlot slot: Int) throws(RedisError) -> Int {
        if table[slot] < 0 { try refresh() }
        guard table[slot] >= 0 else {
            throw .server(command: .clusterShards, code: "CLUSTERDOWN", message: "CLUSTERDOWN slot \(slot) has no node")
        }
        return table[slot]
    }

    func address(_ link: Int) -> NodeAddress { links[link].address }

    func successions(_ link: Int) -> Int { links[link].successions }

    func connection(_ link: Int) throws(RedisError) -> RedisConnection {
        if let connection = links[link].connection { return connection }
        do throws(RedisError) {
            let connection = try open(links[link].address)
            links[link].connection = connection
            return connection
        } catch {
            guard error.isCannotConnect, !lost.contains(links[link].address) else { throw error }
            return try succeed(link, asking: CommandQueue(), after: error)
        }
    }

    /// Has a node tell its time, before a command with a deadline is sent there.
    func readClock(_ link: Int) throws(RedisError) {
        do throws(RedisError) {
            try connection(link).readClock()
        } catch {
            // Nothing was under way on it.
            drop(link)
            if case .timedOut = error { lost.insert(links[link].address) }
            throw error.at(links[link].address)
        }
    }

    /// This link, or one to another node if its own is lost.
    func link(besidesLost link: Int) -> Int {
        guard lost.contains(links[link].address) else { return link }
        return firstReachable.map { self.link(to: $0) } ?? link
    }

    private var firstReachable: NodeAddress? {
        topology.shards.lazy.map { self.reader(of: $0) }.first { !self.lost.contains($0) }
    }

    /// Asks a node that is there what any node can answer, after another one had failed.
    func askAny(_ command: RedisCommand, besides failure: RedisError, into reply: Reply) throws(RedisError) {
        guard let firstReachable else { throw failure }
        _ = try detour(to: firstReachable).call(command, into: reply)
    }

    /// The connections that have something to send.
    func flush() -> [(link: Int, error: RedisError)] {
        var failures: [(link: Int, error: RedisError)] = []
        for (place, link) in links.enumerated() {
            guard let connection = link.connection, connection.hasUnsent else { continue }
            do throws(RedisError) {
                try connection.flush()
            } catch {
                failures.append((place, error))
            }
        }
        return failures
    }

    /// Finds out who has taken over from a node that is lost, and asks it what the lost one did not answer.
    func replace(_ link: Int, after error: RedisError) throws(RedisError) {
        let lostLink = links[link]
        let failure = error.at(lostLink.address)
        if case .timedOut = error { lost.insert(lostLink.address) }
        guard let connection = lostLink.connection, error.isLostConnection || error == .serverRestarted,
            connection.abandoned.commands.allSatisfy({ $0.isRepeatable && !$0.continuesWalk })
        else { throw failure }
        _ = try succeed(link, asking: connection.abandoned, after: failure)
        noteEnd(of: connection)
    }

    /// Waits for who has taken over from the node of a link, or for itself to come back, and asks it these commands.
    private func succeed(
        _ link: Int, asking commands: CommandQueue, after failure: RedisError
    ) throws(RedisError) -> RedisConnection {
        let slot = links[link].slot
        for pause in retries.pauses {
            pause.sleep()
            do throws(RedisError) {
                try refresh()
                // Without a slot it can only come back itself.
                let newPrimary = slot.flatMap { topology.shard(ofSlot: $0)?.primary.address } ?? links[link].address
                let successor = try open(newPrimary)
                successor.adopt(commands)
                try successor.flush()
                links[link].connection = successor
                links[link].address = newPrimary
                links[link].successions += 1
                return successor
            } catch {
                continue
            }
        }
        lost.insert(links[link].address)
        throw failure
    }

    /// Closes a link; it is opened again when it is needed.
    func drop(_ link: Int) {
        noteEnd(of: links[link].connection)
        links[link].connection = nil
        // What answers there next may be another process.
        links[link].successions += 1
    }

    // MARK: Waiting

    /// Whether this slot, or this node's answer, has been waited for in vain.
    func hasWaited(for slot: Int?, at address: NodeAddress) -> Bool {
        idleNodes.contains(address) || slot.map { stuckSlots.contains($0) } == true
    }

    /// Whether what this node refused may be asked again at once, as others have waited for it before.
    func hasReturned(_ address: NodeAddress) -> Bool { returned.contains(address) }

    func noteReturn(of address: NodeAddress) { returned.insert(address) }

    /// Waiting for the slot, or for all of the node's if it is nil, was in vain.
    func noteWait(for slot: Int?, at address: NodeAddress) {
        if let slot { stuckSlots.insert(slot) } else { idleNodes.insert(address) }
    }

    /// Has what was waited for in vain waited for again.
    func forgetLosses() {
        lost = []
        stuckSlots = []
        idleNodes = []
    }

    // MARK: Topology

    /// Asks the nodes in turn, until one answers, who has which slots.
    func refresh() throws(RedisError) {
        var addresses = links.map(\.address)
        for address in topology.addresses where !addresses.contains(address) { addresses.append(address) }
        var failure = RedisError.cannotConnect(reason: "the cluster has no node")
        for address in addresses {
            do throws(RedisError) {
                let topology = try ClusterNodes.ask(try detour(to: address), address)
                // A node that is cut off or was reset knows of no slots.
                guard !topology.shards.isEmpty else { continue }
                adopt(topology)
                return
            } catch {
                drop(detourTo: address)
                failure = error.at(address)
            }
        }
        throw failure
    }

    /// What MOVED says of one slot; the rest is asked for when that is news.
    func note(slot: Int, isAt address: NodeAddress) throws(RedisError) {
        stuckSlots.remove(slot)
        if table[slot] >= 0, links[table[slot]].address == address { return }
        try refresh()
        // The node that was asked may not have heard of it yet.
        table[slot] = link(to: address)
    }

    private func adopt(_ topology: ClusterTopology) {
        self.topology = topology
        for slot in 0..<HashSlot.count { table[slot] = -1 }
        for shard in topology.shards {
            let place = link(to: reader(of: shard))
            links[place].slot = shard.slots.first?.lowerBound
            for range in shard.slots { for slot in range { table[slot] = place } }
        }
    }

    /// CLUSTER SHARDS where the server knows it (7.0), else CLUSTER SLOTS; the latter also where the former is patchy.
    static func ask(_ connection: RedisConnection, _ address: NodeAddress) throws(RedisError) -> ClusterTopology {
        var shards: ClusterTopology?
        do throws(RedisError) {
            shards = try ClusterTopologyReader(
                try connection.call(.clusterShards), answeredBy: address, prefersTLS: connection.endpoint.tls != nil
            ).shards()
        } catch {
            guard error.serverCode == "ERR" || error.serverCode == "NOPERM" else { throw error }
        }
        if let shards, shards.uncoveredSlots == 0 { return shards }
        let slots = try ClusterTopologyReader(try connection.call(.clusterSlots), answeredBy: address).slots()
        guard let shards, shards.uncoveredSlots <= slots.uncoveredSlots else { return slots }
        return shards
    }

    /// The node that is asked for a shard's keys.
    func reader(of shard: ClusterTopology.Shard) -> NodeAddress {
        readers[shard.primary.identifier] ?? shard.primary.address
    }

    // MARK: Connections

    private func open(_ address: NodeAddress) throws(RedisError) -> RedisConnection {
        guard !lost.contains(address) else {
            throw RedisError.cannotConnect(reason: "it was waited for before, in vain").at(address)
        }
        do throws(RedisError) {
            let connection = try RedisConnection(
                to: endpoint.node(address), mode: mode, timeout: timeout, retries: ClusterNodes.reopening)
            // Without it a replica sends every question on to its primary.
            if readers.values.contains(address) { _ = try connection.call(.readonly) }
            return connection
        } catch {
            // To wait once more would take as long again, for each command.
            if case .timedOut = error { lost.insert(address) }
            throw error.at(address)
        }
    }

    func detour(to address: NodeAddress) throws(RedisError) -> RedisConnection {
        if let connection = detours[address] { return connection }
        let connection = try open(address)
        detours[address] = connection
        return connection
    }

    func drop(detourTo address: NodeAddress) {
        noteEnd(of: detours.removeValue(forKey: address))
    }
}
