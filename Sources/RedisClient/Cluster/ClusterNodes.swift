import Glibc

/// The nodes of a cluster with a connection to each that was needed, and the slots that each has.
final class ClusterNodes {
    private struct Link {
        var address: NodeAddress
        var connection: RedisConnection?
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
    private var table = [Int](repeating: -1, count: KeySlot.count)
    /// Connections for single questions, where nothing else is under way.
    private var detours: [NodeAddress: RedisConnection] = [:]
    /// What was sent on connections that are gone.
    private var formerWrites = 0

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

    func connection(_ link: Int) throws(RedisError) -> RedisConnection {
        if let connection = links[link].connection { return connection }
        let connection = try open(links[link].address)
        links[link].connection = connection
        return connection
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
        let lost = links[link]
        // Where it happened is said once.
        let failure = if case .node = error { error } else { RedisError.node(address: lost.address.description, error) }
        guard let connection = lost.connection, error.isLostConnection || error == .serverRestarted,
            connection.abandoned.commands.allSatisfy({ $0.isRepeatable && !$0.continuesWalk })
        else { throw failure }
        let slot = table.firstIndex(of: link)
        for pause in retries.pauses {
            self.pause(pause)
            do throws(RedisError) {
                try refresh()
                // A slot of it tells who has taken over; without any it can only come back itself.
                let heir = slot.flatMap { topology.shard(ofSlot: $0)?.primary.address } ?? lost.address
                let successor = try open(heir)
                successor.adopt(connection.abandoned)
                try successor.flush()
                formerWrites += connection.writeCommandsSent
                links[link].connection = successor
                links[link].address = heir
                return
            } catch {
                continue
            }
        }
        throw failure
    }

    /// Closes a link; it is opened again when it is needed.
    func drop(_ link: Int) {
        formerWrites += links[link].connection?.writeCommandsSent ?? 0
        links[link].connection = nil
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
                failure = .node(address: address.description, error)
            }
        }
        throw failure
    }

    /// What MOVED says of one slot; the rest is asked for when that is news.
    func note(slot: Int, isAt address: NodeAddress) throws(RedisError) {
        if table[slot] >= 0, links[table[slot]].address == address { return }
        try refresh()
        // The node that was asked may not have heard of it yet.
        table[slot] = link(to: address)
    }

    private func adopt(_ topology: ClusterTopology) {
        self.topology = topology
        for slot in 0..<KeySlot.count { table[slot] = -1 }
        for shard in topology.shards {
            let place = link(to: reader(of: shard))
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
        do throws(RedisError) {
            let connection = try RedisConnection(
                to: endpoint.node(address), mode: mode, timeout: timeout, retries: ClusterNodes.reopening)
            // Without it a replica sends every question on to its primary.
            if readers.values.contains(address) { _ = try connection.call(.readonly) }
            return connection
        } catch {
            throw .node(address: address.description, error)
        }
    }

    func detour(to address: NodeAddress) throws(RedisError) -> RedisConnection {
        if let connection = detours[address] { return connection }
        let connection = try open(address)
        detours[address] = connection
        return connection
    }

    func drop(detourTo address: NodeAddress) {
        formerWrites += detours.removeValue(forKey: address)?.writeCommandsSent ?? 0
    }

    func pause(_ duration: Duration) {
        usleep(UInt32(clamping: Int64(duration / .microseconds(1))))
    }
}
