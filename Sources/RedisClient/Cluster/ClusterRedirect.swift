/// One command that its node did not carry out, on its way to the node that does.
struct ClusterRedirect {
    let nodes: ClusterNodes
    let scripts: [[UInt8]: [UInt8]]
    let command: RedisCommand
    let formatted: CommandQueue.Formatted
    /// The slot of its key, if it has one.
    let slot: Int?
    let start: NodeAddress

    /// So often another node may be named before it counts as going in circles.
    private static let mostHops = 16

    /// Sends the command where the error in `reply` says, until it is answered; any other error stays in `reply`.
    func follow(_ reply: Reply) throws(RedisError) {
        var target = start
        var isAsking = false
        var hops = 0
        var pauses = nodes.retries.pauses[...]
        // What was on its way when others waited for the node was refused together with them.
        var isFirst = nodes.hasReturned(start)
        var hasWaited = false
        var isLate = false
        defer { if hasWaited, reply.kind(0) != .error { nodes.noteReturn(of: start) } }
        while reply.kind(0) == .error, hops <= ClusterRedirect.mostHops {
            let text = reply.text(0)
            hops += 1
            if text.hasPrefix("NOSCRIPT"), command == .evalsha, !scripts.isEmpty {
                try loadScripts(at: target)
            } else if text.hasPrefix(RedisError.late) {
                // Others were before it, or the node's clock has jumped: another deadline may be met.
                guard !isLate else { return }
                isLate = true
            } else {
                switch Redirection(text, from: target) {
                case .moved(let moved, let address):
                    // Nodes that have not yet agreed on a slot send us from one to the other.
                    if hops % 4 == 0, let pause = pauses.popFirst() { pause.sleep() }
                    try nodes.note(slot: moved, isAt: address)
                    (target, isAsking) = (address, false)
                case .ask(let address):
                    (target, isAsking) = (address, true)
                case .clusterDown where isFirst:
                    isFirst = false
                    (target, isAsking) = (try owner(of: slot), false)
                case .tryAgain, .clusterDown, .loading:
                    guard !nodes.hasWaited(for: slot, at: start), let pause = pauses.popFirst() else {
                        let isOfSlot = text.hasPrefix("TRYAGAIN") || text.contains("slot not served")
                        return nodes.noteWait(for: isOfSlot ? slot : nil, at: start)
                    }
                    pause.sleep()
                    hasWaited = hasWaited || text.hasPrefix("CLUSTERDOWN")
                    (target, isAsking) = (try owner(of: slot), false)
                case nil: return
                }
            }
            while true {
                do throws(RedisError) {
                    try send(to: target, isAsking: isAsking, reply)
                    break
                } catch {
                    nodes.drop(detourTo: target)
                    // A node that went is succeeded soon; what may have been carried out is not sent twice.
                    guard command.isRepeatable || error.isCannotConnect, let pause = pauses.popFirst() else {
                        throw error
                    }
                    pause.sleep()
                    try nodes.refresh()
                    (target, isAsking) = (try owner(of: slot), false)
                }
            }
        }
    }

    private func owner(of slot: Int?) throws(RedisError) -> NodeAddress {
        guard let slot else { return start }
        return nodes.address(try nodes.link(toSlot: slot))
    }

    private func send(to target: NodeAddress, isAsking: Bool, _ reply: Reply) throws(RedisError) {
        let connection = try nodes.detour(to: target)
        do throws(RedisError) {
            if formatted.hasDeadline { try connection.readClock() }
            if isAsking { try connection.append(.asking, CommandArguments()) }
            try connection.append(command, formatted: formatted)
            if isAsking { try connection.receive(into: reply) }
            try connection.receiveAny(into: reply)
        } catch {
            throw error.at(target)
        }
    }

    private func loadScripts(at target: NodeAddress) throws(RedisError) {
        let connection = try nodes.detour(to: target)
        for source in scripts.values { _ = try connection.call(.scriptLoad, CommandArguments([source])) }
    }
}

/// What a cluster's node answers when it is not the one, or not the moment, for a command; it was not carried out.
enum Redirection: Equatable {
    /// Another node has the slot, for good.
    case moved(slot: Int, NodeAddress)
    /// The slot is on its way to another node, and the key is there already.
    case ask(NodeAddress)
    /// The slot is on its way, and the command's keys are on both sides.
    case tryAgain
    /// No node has the slot at present, or the node is cut off from the others.
    case clusterDown
    /// The node still reads its data.
    case loading

    /// Reads an error reply; nil if it is another error.
    init?(_ text: String, from node: NodeAddress) {
        let words = text.split(separator: " ")
        switch words.first {
        case "MOVED" where words.count >= 3:
            guard let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
                let address = NodeAddress(words[2], answeredBy: node)
            else { return nil }
            self = .moved(slot: slot, address)
        case "ASK" where words.count >= 3:
            guard let address = NodeAddress(words[2], answeredBy: node) else { return nil }
            self = .ask(address)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN": self = .clusterDown
        case "LOADING", "MASTERDOWN": self = .loading
        default: return nil
        }
    }
}
