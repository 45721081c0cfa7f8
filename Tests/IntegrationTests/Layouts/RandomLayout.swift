/// The built-in layouts whose keyspaces are drawn at random.
enum RandomLayout: String, CaseIterable {
    case userSessions = "user-sessions"
    case lucia
    case openTomato = "open-tomato"
    case gitlab
    case redisSessions = "redis-sessions"
    case springSession = "spring-session"
    case websocket

    /// Whether its sessions say when they are over.
    var hasDates: Bool {
        switch self {
        case .userSessions, .lucia, .redisSessions, .springSession: true
        case .openTomato, .gitlab, .websocket: false
        }
    }

    static let springIndex =
        "spring:session:index:org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME:"
}
