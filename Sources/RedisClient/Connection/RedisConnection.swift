/// A connection to one Redis server: commands go out in order, replies come back in the same order.
///
/// Every command leaves through ``append(_:_:)``, which refuses on a read-only connection what is not on the
/// allow-list. What was sent and not answered is kept: when the connection drops while nothing but reading is under
/// way, it is opened again and the unanswered commands are sent again, so that callers do not notice. Not for use by
/// several threads.
public final class RedisConnection: RedisPipeline {
    public let endpoint: Endpoint
    public let mode: AccessMode
    public private(set) var server = ServerInfo()
    /// Where it leads: what the sentinels said, where there are any.
    private(set) var address: Endpoint.Address
    /// The commands sent so far that can change data.
    public private(set) var writeCommandsSent = 0

    let timeout: Duration
    private let retries: RetryPolicy
    /// What the server has to call its mode.
    private let serverModes: [String]
    private var socket: Socket?
    /// Greeted and not dropped since: only then there is something to resume.
    private var isEstablished = false
    /// How often the connection was opened.
    private var openings = 0
    /// How often it was opened again since the last answer.
    private var recoveries = 0
    private var reader = ReplyReader()

    private var queue = CommandQueue()
    /// What the server's clock said; nil until that is needed, and where it has turned out to be wrong.
    private var clock: NodeClock?
    /// When the last deadline of what was sent has passed on the server, too.
    public private(set) var lastDeadline = ContinuousClock.now
    /// What was unanswered when the connection was lost for good.
    private(set) var abandoned = CommandQueue()

    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
    private var pendingInput: Range<Int> = 0..<0
    /// hiredis moves the rest of its buffer after each reply; small helpings keep that rest small.
    private static let feedSize = 16 << 10

    /// Connects, authenticates, selects the database and asks the server what it is, which has to be one of `serverModes`.
    public init(
        to endpoint: Endpoint, mode: AccessMode, timeout: Duration, retries: RetryPolicy = .standard,
        serverModes: [String] = ["standalone", "cluster"]
    ) throws(RedisError) {
        self.endpoint = endpoint
        address = endpoint.address
        self.mode = mode
        self.timeout = timeout
        self.retries = retries
        self.serverModes = serverModes
        try open()
    }

    deinit {
        input.deallocate()
    }

    // MARK: Commands and replies

    /// Adds a command to what ``flush()`` sends; the one place through which commands leave.
    public func append(_ command: RedisCommand, _ arguments: CommandArguments) throws(RedisError) {
        if arguments.endsWithDeadline { try readClock() }
        try checkPermitted(command)
        queue.append(command, arguments)
    }

    /// Asks the server for its time, unless that is known, or answers are still to come: before a deadline is sent to it.
    func readClock() throws(RedisError) {
        guard queue.count == 0, clock?.isFresh != true else { return }
        clock = try NodeClock(try call(.time))
    }

    /// Counts what can change data, and refuses what may not leave.
    private func checkPermitted(_ command: RedisCommand) throws(RedisError) {
        guard mode.permits(command) else { throw .refusedOnReadOnlyConnection(command) }
        if command.canChangeData { writeCommandsSent += 1 }
    }

    public func flush() throws(RedisError) {
        do throws(Socket.Failure) {
            try writeUnsent()
        } catch {
            try recover(from: error)
        }
    }

    @discardableResult
    public func receiveAny(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) -> RedisCommand {
        try receiveUnsettled(into: reply, afterNodes: afterNodes, early: early)
        return settle()
    }

    /// Like ``receiveAny(into:afterNodes:early:)``, but the command counts as unanswered until ``settle()``.
    func receiveUnsettled(
        into reply: Reply, afterNodes: Int = .max, early: () throws(RedisError) -> Void = {}
    ) throws(RedisError) {
        if queue.hasUnsent { try flush() }
        precondition(queue.count > 0, "a reply is awaited to no command")
        try receiveWhole(reply, afterNodes: afterNodes, early: early)
        recoveries = 0
        if reply.kind(0) == .error, reply.text(0).hasPrefix(RedisError.late) { clock = nil }
    }

    @discardableResult
    func settle() -> RedisCommand {
        queue.removeFirst()
    }

    private func receiveWhole(
        _ reply: Reply, afterNodes: Int, early: () throws(RedisError) -> Void
    ) throws(RedisError) {
        var target = afterNodes
        var isWhole = false
        while !isWhole {
            // A connection that was opened again answers from the beginning.
            let opening = openings
            let deadline = ContinuousClock.now + timeout
            reply.clear()
            repeat {
                do throws(Socket.Failure) {
                    isWhole = try read(into: reply, until: target, before: deadline)
                } catch {
                    try recover(from: error)
                    break
                }
                if reply.count >= target {
                    target = .max
                    try early()
                }
            } while !isWhole && opening == openings
            // Were it opened again while the early command was sent, this reply comes once more.
            isWhole = isWhole && opening == openings
        }
    }

    public var unanswered: Int { queue.count }

    var hasUnsent: Bool { queue.hasUnsent }
    /// The oldest unanswered command as it went over the wire: what a cluster sends elsewhere, if it must.
    var oldestUnanswered: CommandQueue.Formatted? { queue.firstFormatted }

    /// Adds a command that another connection had formatted.
    func append(_ command: RedisCommand, formatted: CommandQueue.Formatted) throws(RedisError) {
        try checkPermitted(command)
        queue.append(command, formatted: formatted)
    }

    /// Takes over what another connection could not get answered.
    func adopt(_ commands: CommandQueue) {
        queue = commands
    }

    private func writeUnsent() throws(Socket.Failure) {
        guard socket != nil else { throw .closed(reason: "not connected") }
        if queue.hasUnsentDeadline, let clock {
            queue.fillIn(deadline: clock.deadline(in: timeout))
            lastDeadline = .now + timeout
        }
        try queue.send { bytes throws(Socket.Failure) in try socket?.write(bytes) }
    }

    /// Continues to read a reply until it is whole, then true, or until it has so many nodes.
    private func read(
        into reply: Reply, until nodes: Int, before deadline: ContinuousClock.Instant
    ) throws(Socket.Failure) -> Bool {
        while true {
            switch reader.next(into: reply) {
            case true? where reply.count > 0: return true
            case true?: throw .notRedis(reason: "a reply of an unknown type")
            case nil: throw .notRedis(reason: reader.errorText)
            case false? where reply.count >= nodes: return false
            case false?: break
            }
            if pendingInput.isEmpty {
                guard socket != nil else { throw .closed(reason: "not connected") }
                pendingInput = 0..<(try socket?.read(into: input, before: deadline) ?? 0)
            }
            let piece = pendingInput.prefix(RedisConnection.feedSize)
            guard reader.feed(UnsafeRawBufferPointer(rebasing: input[piece])) else {
                throw .notRedis(reason: reader.errorText)
            }
            pendingInput = piece.endIndex..<pendingInput.endIndex
        }
    }

    // MARK: Opening, and opening again

    private func open() throws(RedisError) {
        var attempt = 0
        while true {
            do throws(RedisError) {
                address = try SentinelResolver.address(of: endpoint, timeout: timeout)
                socket = try Socket(address, tls: endpoint.tls, timeout: timeout)
                reader = ReplyReader()
                openings += 1
                pendingInput = 0..<0
                try greet()
                isEstablished = true
                return
            } catch {
                drop()
                guard error.passes(isFoundBySentinel: endpoint.isFoundBySentinel), attempt < retries.pauses.count else {
                    throw error
                }
                retries.pauses[attempt].sleep()
                attempt += 1
            }
        }
    }

    private func greet() throws(RedisError) {
        server = try Handshake.exchange(on: self)
        if let mode = server.mode, !serverModes.contains(mode) { throw .unsupportedServer(mode: mode) }
        if endpoint.isFoundBySentinel { try SentinelResolver.requirePrimary(self) }
    }

    private func drop() {
        socket = nil
        clock = nil
        isEstablished = false
        queue.removeAll()
    }

    /// Opens the connection again and sends what was not answered, or says why not.
    private func recover(from failure: Socket.Failure) throws(RedisError) {
        let command = queue.first ?? .ping
        let reason: String
        switch failure {
        case .timedOut:
            drop()
            throw .timedOut(command: command, seconds: timeout / .seconds(1))
        case .notRedis(let text):
            drop()
            throw .notRedis(reason: text)
        case .tls(let error):
            drop()
            throw .tls(error)
        case .closed(let text):
            reason = text
        }
        let lost = RedisError.connectionLost(command: command, reason: reason)
        // A write may have been carried out and is not sent twice.
        var unanswered = queue
        unanswered.rewind()
        // Not what a greeting asks: what is abandoned is what callers wait for.
        if isEstablished { abandoned = unanswered }
        guard isEstablished, recoveries < retries.pauses.count, let process = server.runIdentifier,
            queue.commands.allSatisfy(\.isRepeatable)
        else {
            drop()
            throw lost
        }
        drop()
        let attempt = recoveries + 1
        try reopen(lost: lost)
        // Handshake a server that then answers nothing is no progress.
        recoveries = attempt
        guard server.runIdentifier == process else {
            drop()
            throw endpoint.isFoundBySentinel ? .failedOver : .serverRestarted
        }
        queue = unanswered
        do throws(Socket.Failure) {
            try writeUnsent()
        } catch {
            drop()
            throw lost
        }
        abandoned = CommandQueue()
    }

    private func reopen(lost: RedisError) throws(RedisError) {
        for pause in retries.pauses {
            pause.sleep()
            do throws(RedisError) {
                return try open()
            } catch .cannotConnect {
                continue
            } catch .connectionLost {
                continue
            }
        }
        throw lost
    }

    // MARK: A cluster of one node

    public private(set) lazy var topology = ClusterTopology(
        shards: [
            ClusterTopology.Shard(
                primary: .init(identifier: "", address: NodeAddress(host: endpoint.location, port: 0)),
                slots: [0...HashSlot.count - 1], replicas: [])
        ])
    public var lostNodes: [NodeAddress] { [] }
    public func slot(of key: UnsafeRawBufferPointer) -> Int { 0 }
    public func sibling(at shard: ClusterTopology.Shard) -> any RedisPipeline { self }
    public func openHome() {}
    public func refreshTopology() -> ClusterTopology { topology }
    public func openSlots() -> Set<Int> { [] }
    public func forgetLosses() {}
}
