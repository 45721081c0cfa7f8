/// The layouts that have a name: short words for sets of options.
public enum BuiltInLayout: String, CaseIterable, Sendable {
    case appauth
    case userSessions = "user-sessions"
    case flask
    case websocket
    case springSession = "spring-session"
    case gitlab
    case lucia
    case openTomato = "open-tomato"
    case redisSessions = "redis-sessions"
    /// Nothing but the options beside it.
    case custom

    /// What `{prefix}` stands for unless another is given; where no template has it, the lock's name alone.
    public var prefix: String {
        switch self {
        case .flask: "session"
        case .springSession: "spring:session"
        case .openTomato: "auth"
        case .redisSessions: "rs"
        case .custom: "session"
        default: rawValue
        }
    }

    /// The options that the name stands for.
    public var options: [LayoutOption] {
        switch self {
        case .appauth:
            [
                LayoutOption(.sessionKey, Layout.defaultSessionKey), LayoutOption(.indexKey, Layout.defaultIndexKey),
                LayoutOption(.date, "created=json:ts"), LayoutOption(.date, "expiry=json:exp"),
                LayoutOption(.expireBy, "created,expiry"),
            ]
        case .userSessions:
            [
                LayoutOption(.sessionKey, "user_session:{id}"), LayoutOption(.indexKey, "user_sessions:{user}"),
                LayoutOption(.pointerKey, "token:{token}"), LayoutOption(.backCheck, "hash:token"),
                LayoutOption(.date, "created=hash:created_at:iso"),
                LayoutOption(.date, "last-access=hash:last_active:iso"),
                LayoutOption(.date, "expiry=hash:expires_at:iso"), LayoutOption(.expireBy, "expiry"),
            ]
        case .custom: []
        case .flask: [LayoutOption(.sessionKey, "{prefix}:{id}")]
        case .websocket:
            [
                LayoutOption(.sessionKey, "{id:\(BuiltInLayout.socketID)}"), LayoutOption(.ttl, "24h"),
                LayoutOption(.presenceKey, "{user:(?!\(BuiltInLayout.socketID)$)[0-9A-Za-z_@.-]+}"),
                LayoutOption(.presenceValue, ""), LayoutOption(.ttl, "2h"), LayoutOption(.user, "value"),
            ]
        case .springSession: BuiltInLayout.spring
        case .gitlab:
            [
                LayoutOption(.sessionKey, "session:user:gitlab::v2:{user:[0-9]+}:{id:2::[0-9a-f]{64}}"),
                LayoutOption(.sessionKey, "session:user:gitlab:{user:[0-9]+}:{id:2::[0-9a-f]{64}}"),
                LayoutOption(.indexKey, "session:lookup:user:gitlab:{user:[0-9]+}"),
            ]
        case .lucia:
            [
                LayoutOption(.sessionKey, "session:{id}"), LayoutOption(.indexKey, "user_sessions:{user}"),
                LayoutOption(.date, "expiry=json:idle_expires:ms"), LayoutOption(.expireBy, "expiry"),
            ]
        case .openTomato:
            [
                LayoutOption(.sessionKey, "{prefix}:sess:{id}"), LayoutOption(.indexKey, "{prefix}:usess:{user}"),
                LayoutOption(.pointerKey, "{prefix}:refresh:{token}"),
                LayoutOption(.backCheck, "json:currentRefresh"),
            ]
        case .redisSessions:
            [
                LayoutOption(.sessionKey, "{prefix}:\(BuiltInLayout.app):\(BuiltInLayout.word)"),
                LayoutOption(.indexKey, "{prefix}:\(BuiltInLayout.app):us:{user}"),
                LayoutOption(.indexKey, "{prefix}:\(BuiltInLayout.app):_sessions"),
                LayoutOption(.member, "\(BuiltInLayout.word):{user}"),
                LayoutOption(.indexKey, "{prefix}:SESSIONS"),
                LayoutOption(.member, "\(BuiltInLayout.app):\(BuiltInLayout.word):{user}"),
                LayoutOption(.date, "last-access=hash:la:s"), LayoutOption(.date, "expiry=hash:la+ttl:s"),
                LayoutOption(.expireBy, "expiry"),
            ]
        }
    }

    private static let socketID = "[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{4}"
    private static let app = "{app:[0-9A-Za-z_-]+}"
    private static let word = "{id:[0-9A-Za-z]+}"

    private static let spring: [LayoutOption] = {
        // In plain members, too: one in a serialisation that is not known would seem to name a session that is gone.
        let identifier = "{id:[0-9A-Za-z_-]{16,}}"
        let index = "org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME"
        return [
            LayoutOption(.sessionKey, "{prefix}:sessions:\(identifier)"),
            LayoutOption(.indexKey, "{prefix}:index:\(index):{user}"),
            LayoutOption(.member, "java:{id}"), LayoutOption(.member, identifier),
            LayoutOption(.indexKey, "{prefix}:expirations:{bucket:[0-9]+}"),
            LayoutOption(.member, "java:expires:{id}"), LayoutOption(.member, "expires:\(identifier)"),
            LayoutOption(.indexKey, "{prefix}:sessions:expirations"),
            LayoutOption(.member, "java:{id}"), LayoutOption(.member, identifier),
            LayoutOption(.companionKey, "{prefix}:sessions:expires:\(identifier)"),
            LayoutOption(.date, "created=hash:creationTime:java"),
            LayoutOption(.date, "last-access=hash:lastAccessedTime:java"),
            LayoutOption(.date, "expiry=hash:lastAccessedTime+maxInactiveInterval:java"),
            LayoutOption(.expireBy, "expiry"),
        ]
    }()
}
