/// The layouts whose keyspaces are drawn at random.
enum RandomLayout: String, CaseIterable {
    case appauth
    case userSessions = "user-sessions"
    case lucia
    case openTomato = "open-tomato"
    case gitlab
    case redisSessions = "redis-sessions"
    case springSession = "spring-session"
    case websocket
    /// No store of its own: fields of hashes that hold session ids.
    case hashPointers
    /// Sessions of which what is left after a log-out says so.
    case tombstones
    /// An index that is a hash, as Moodle's.
    case hashIndex

    /// Whether it is one of the built-in layouts.
    var isNamed: Bool { ![.hashPointers, .tombstones, .hashIndex].contains(self) }

    /// Whether its sessions say when they are over.
    var hasDates: Bool {
        switch self {
        case .appauth, .userSessions, .lucia, .redisSessions, .springSession, .hashPointers, .tombstones, .hashIndex:
            true
        case .openTomato, .gitlab, .websocket: false
        }
    }

    /// The words for the janitor.
    var arguments: [String] {
        switch self {
        case .appauth: []
        case .hashPointers:
            [
                "--layout", "custom", "--session-key", "s:{id}", "--pointer-key", "user:{user}=hash:web",
                "--pointer-key", "user:{name}=hash:app", "--date", "expiry=hash:ends:s", "--index-key", "list:{user}",
            ]
        case .tombstones:
            [
                "--layout", "custom", "--session-key", "t:{id}", "--dead-value", "{}", "--dead-value", "-4",
                "--pointer-key", "tp:{token}", "--member", "quoted:{id}", "--index-key", "ti:{user}", "--member",
                "t:{id}", "--date", "expiry=json:ends",
            ]
        case .hashIndex:
            [
                "--layout", "custom", "--session-key", "m:{id:[0-9a-v]+}", "--index-key", "mu:{user}", "--entries",
                "hash", "--member", "{id}", "--date", "expiry=field:ends:s",
            ]
        default: ["--layout", rawValue]
        }
    }

    static let springIndex =
        "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:"
}
