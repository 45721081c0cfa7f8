/// Why a conversation with the server failed.
public enum RedisError: Error, Equatable, Sendable {
    /// No connection came about; `reason` is the system's own word.
    case cannotConnect(reason: String)
    /// The server did not answer `command` within `seconds`.
    case timedOut(command: RedisCommand, seconds: Double)
    /// The connection ended before `command` was answered; whether the server carried it out is unknown.
    case connectionLost(command: RedisCommand, reason: String)
    /// What answers is not a Redis server: its bytes are not Redis's protocol.
    case notRedis(reason: String)
    /// The connection ended while reading, and the server that answered afterwards is another process.
    case serverRestarted
    /// The server answered `command` with an error; `code` is its first word, such as `NOPERM`.
    case server(command: RedisCommand, code: String, message: String)
    /// The server's answer to `command` is not of the form that Redis documents.
    case unexpectedReply(command: RedisCommand, expected: String)
    /// A command that is not on the allow-list was about to leave a read-only connection; it was not sent.
    case refusedOnReadOnlyConnection(RedisCommand)
    /// The peer is a Redis process of a kind that cannot be cleaned, such as `sentinel`.
    case unsupportedServer(mode: String)
    /// TLS did not come about, or broke off.
    case tls(TLSError)
    /// The sentinels do not tell which server to use.
    case sentinel(SentinelError)
    /// What the sentinels call the primary calls itself something else, such as `slave`.
    case notPrimary(role: String)
    /// The connection ended while reading, and the primary that the sentinels named afterwards is another process.
    case failedOver
    /// Another server took over while this one was written to, `new` where that is known; or nobody can tell.
    case primaryReplaced(old: String, new: String?)
    /// The replica that was to be read is not fit for it.
    case replica(ReplicaError)
    /// What happened at one node of a cluster; `address` is its host and port.
    indirect case node(address: String, RedisError)
    /// A part of a cluster is out of reach: a node, or a slot that no node serves at present. The rest is there.
    indirect case unreachable(node: String?, RedisError)

    /// An error reply, told apart into its code and its text.
    public init(reply text: String, to command: RedisCommand) {
        let code = text.prefix { $0 != " " }
        let isCode = !code.isEmpty && code.allSatisfy { $0.isUppercase || $0 == "_" }
        self = .server(command: command, code: isCode ? String(code) : "ERR", message: text)
    }

    /// An error that a script met on the server and handed back.
    ///
    /// Before it may stand the script's command and a colon. Redis up to 6.2 puts `@user_script: 12: -` before it; and a
    /// right that is missing inside a script has no code, and other words in Redis 8 and Valkey.
    public init(scriptFailure text: String) {
        var text = text[...]
        var command = ""
        if let mark = text.firstRange(of: ": "), text[..<mark.lowerBound].allSatisfy({ ("A"..."Z").contains($0) }) {
            command = " (\(text[..<mark.lowerBound]))"
            text = text[mark.upperBound...]
        }
        if text.hasPrefix("@"), let mark = text.firstRange(of: ": -") { text = text[mark.upperBound...] }
        let lacksRight =
            text.contains("can't run this command") || text.contains("can't access at least one of the keys")
            || text.contains("ACL failure in script")
        if lacksRight, text.hasPrefix("ERR ") { text = text.dropFirst(4) }
        self.init(reply: (lacksRight && !text.hasPrefix("NOPERM") ? "NOPERM " : "") + text + command, to: .evalsha)
    }

    /// Whether this passes by itself; a refused connection or a wrong password will not.
    func passes(isFoundBySentinel: Bool) -> Bool {
        switch self {
        case .server(_, "LOADING", _): true
        // Until the sentinels have agreed on another primary they name the one that was.
        case .notPrimary, .cannotConnect: isFoundBySentinel
        default: false
        }
    }

    public var isLostConnection: Bool {
        switch self {
        case .connectionLost: true
        case .node(_, let error), .unreachable(_, let error): error.isLostConnection
        default: false
        }
    }

    /// Whether the server went, and another one or the same may answer in a moment.
    public var isLostServer: Bool {
        switch self {
        case .cannotConnect, .connectionLost, .serverRestarted: true
        case .node(_, let error), .unreachable(_, let error): error.isLostServer
        default: false
        }
    }

    public var isUnreachable: Bool {
        if case .unreachable = self { true } else { false }
    }

    /// Says at which of a cluster's nodes it happened, once.
    func at(_ node: NodeAddress) -> RedisError {
        if case .node = self { self } else { .node(address: node.description, self) }
    }

    /// What it is to a cluster's callers: ``unreachable(node:_:)`` where it is about a part of the cluster alone.
    var inCluster: RedisError {
        switch self {
        case .node(let node, let error) where error.isLostServer: .unreachable(node: node, error)
        case .node(let node, .timedOut(let command, let seconds)):
            .unreachable(node: node, .timedOut(command: command, seconds: seconds))
        case .server(_, let code, _) where RedisError.unreachableCodes.contains(code): .unreachable(node: nil, self)
        default: self
        }
    }

    private static let unreachableCodes: Set = ["TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN", late]

    /// Of this and an earlier error the one that tells what becomes of the run: what is about a part of the cluster alone
    /// ends nothing.
    public func moreSevere(than earlier: RedisError?) -> RedisError {
        guard let earlier, !earlier.isUnreachable || isUnreachable else { return self }
        return earlier
    }

    /// How a script answers that came to be carried out after its deadline, and so did nothing.
    public static let late = "LATE"
    /// How a script answers where the server's clock is behind the one by which its items were judged; it did nothing.
    public static let early = "EARLY"

    /// Whether the command it is about was certainly not carried out: it was not sent, or refused.
    public var isRefusal: Bool {
        serverCode != nil || isCannotConnect
    }

    /// Whether nothing was sent at all.
    var isCannotConnect: Bool {
        switch self {
        case .cannotConnect: true
        case .node(_, let error), .unreachable(_, let error): error.isCannotConnect
        default: false
        }
    }

    /// The code of an error reply, else nil.
    public var serverCode: String? {
        switch self {
        case .server(_, let code, _): code
        case .unreachable(_, let error): error.serverCode
        default: nil
        }
    }
}
