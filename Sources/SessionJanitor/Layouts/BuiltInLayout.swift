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
    case bastion
    case connectRedis = "connect-redis"
    case django
    case starsessions
    case fastapiUsers = "fastapi-users"
    case authJS = "auth.js"
    case betterAuth = "better-auth"
    case saToken = "sa-token"
    /// Nothing but the options beside it.
    case custom

    /// For each layout its name and prefix, and then its options, one a line.
    private static let table = """
        appauth appauth
        --session-key {prefix}:sess:{id}
        --index-key {prefix}:usess:{user}
        --date created=json:ts:s
        --date expiry=json:exp:s
        --expire-by created,expiry

        user-sessions user-sessions
        --session-key user_session:{id}
        --index-key user_sessions:{user}
        --pointer-key token:{token}
        --back-check field:token
        --date created=field:created_at:iso
        --date last-access=field:last_active:iso
        --date expiry=field:expires_at:iso
        --expire-by expiry

        flask session
        --session-key {prefix}:{id}

        websocket websocket
        --session-key {id:\(socketID)}
        --session-value {user:\(socketID)}
        --session-value {user:(?![0-9]+$)[0-9A-Za-z_@.-]+}
        --ttl 24h
        --presence-key {user:[0-9A-Za-z_@.-]+}
        --presence-value
        --ttl 2h
        --user value

        spring-session spring:session
        --session-key {prefix}:sessions:\(springID)
        --index-key {prefix}:index:\(springIndex):{user}
        --member java:{id}
        --member \(springID)
        --index-key {prefix}:expirations:{bucket:[0-9]+}
        --member java:expires:{id}
        --member expires:\(springID)
        --index-key {prefix}:sessions:expirations
        --member java:{id}
        --member \(springID)
        --companion-key {prefix}:sessions:expires:\(springID)
        --date created=hash:creationTime:java
        --date last-access=hash:lastAccessedTime:java
        --date expiry=hash:lastAccessedTime+maxInactiveInterval:java
        --expire-by expiry

        gitlab gitlab
        --session-key session:user:gitlab::v2:{user:[0-9]+}:{id:2::[0-9a-f]{64}}
        --session-key session:user:gitlab:{user:[0-9]+}:{id:2::[0-9a-f]{64}}
        --index-key session:lookup:user:gitlab:{user:[0-9]+}

        lucia lucia
        --session-key session:{id}
        --index-key user_sessions:{user}
        --date expiry=json:idle_expires:ms
        --expire-by expiry

        open-tomato auth
        --session-key {prefix}:sess:{id}
        --index-key {prefix}:usess:{user}
        --pointer-key {prefix}:refresh:{token}
        --back-check json:currentRefresh

        redis-sessions rs
        --session-key {prefix}:\(app):\(word)
        --index-key {prefix}:\(app):us:{user}
        --index-key {prefix}:\(app):_sessions
        --member \(word):{user}
        --index-key {prefix}:SESSIONS
        --member \(app):\(word):{user}
        --date last-access=hash:la:s
        --date expiry=hash:la+ttl:s
        --expire-by expiry

        bastion bastion
        --session-key {prefix}:session:{id}
        --index-key {prefix}:active_sessions
        --companion-key session:user:{user:[0-9]+}:{id}
        --date created=json:start_time:iso
        --date last-access=json:last_active:iso
        --expire-by last-access

        connect-redis sess
        --session-key {prefix}:{id:[0-9A-Za-z_-]+}
        --date expiry=json:cookie.expires:iso

        django
        --session-key {prefix}:{version:[0-9]+}:django.contrib.sessions.cache{id:[0-9a-z]{32}}
        --session-key {prefix}:{version:[0-9]+}:django.contrib.sessions.cached_db{id:[0-9a-z]{32}}

        starsessions starsessions
        --session-key {prefix}.{id:[0-9a-f]{32}}
        --date created=json:__metadata__.created:s
        --date last-access=json:__metadata__.last_access:s
        --expire-by last-access

        fastapi-users fastapi_users_token
        --session-key {prefix}:{id:[0-9A-Za-z_-]+}

        auth.js
        --session-key {prefix}user:session:{id:[0-9A-Za-z_-]+}
        --pointer-key {prefix}user:session:by-user-id:{user}
        --member {prefix}user:session:{id:[0-9A-Za-z_-]+}
        --date expiry=json:expires:iso

        better-auth
        --session-key {prefix}{id:[0-9A-Za-z]{32}}
        --session-value {{"session":{rest}
        --date created=json:session.createdAt:iso
        --date expiry=json:session.expiresAt:iso
        --expire-by expiry

        sa-token satoken
        --session-key {prefix}:login:token:{id}
        --dead-value -1
        --dead-value -2
        --dead-value -3
        --dead-value -4
        --dead-value -5
        --dead-value -6
        --dead-value -7
        --companion-key {prefix}:login:last-active:{id}

        custom session
        """

    private static let socketID = "[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{4}"
    /// With a pattern, in plain members, too: one in a serialisation that is not known would seem to name a session that
    /// is gone.
    private static let springID = "{id:[0-9A-Za-z_-]{16,}}"
    private static let springIndex =
        "org.springframework.session.FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME"
    private static let app = "{app:[0-9A-Za-z_-]+}"
    private static let word = "{id:[0-9A-Za-z]+}"

    /// The lines of the table that speak of this layout, each divided at its first space.
    private var lines: [[String]] {
        let sections = BuiltInLayout.table.split(separator: "\n\n").map { section in
            section.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        }
        return sections.first { $0[0][0] == rawValue } ?? []
    }

    /// What `{prefix}` stands for unless another is given; where no template has it, the lock's name alone.
    public var prefix: String { lines[0].count > 1 ? lines[0][1] : "" }

    /// The options that the name stands for.
    public var options: [LayoutOption] {
        lines.dropFirst().compactMap { words in
            LayoutOption.Name(rawValue: words[0]).map { LayoutOption($0, words.count > 1 ? words[1] : "") }
        }
    }
}
