import SessionJanitor

/// Says in words what a built-in layout is for, what can be proven there, and by which date a session is expired.
enum LayoutDescription {
    static func message(_ layout: BuiltInLayout) -> Message {
        switch layout {
        case .appauth:
            Message(
                "JSON sessions, and a sorted set of ids for each user: orphaned entries. Expired: ts too old, or exp past.",
                zh: "JSON 会话，每个用户一个ID有序集合：可证明孤儿记录。过期：ts 过旧或已过 exp。")
        case .userSessions:
            Message(
                "Hash sessions, a set of ids for each user, and token keys that point to sessions: orphaned entries; "
                    + "tokens whose session is gone or names another token. Expired: expires_at past.",
                zh: "哈希会话、每个用户一个ID集合、指向会话的 token 键：可证明孤儿记录，以及会话已不存在或已换用其他 token 的 token 键。过期：已过 expires_at。")
        case .flask:
            Message(
                "flask-session: sessions without an index, in a form that is not read: sessions without a TTL; with "
                    + "--max-idle those that nobody has used. No dates.",
                zh: "flask-session：没有索引的会话，其内容不作解读：没有 TTL 的会话；配合 --max-idle 可处理无人使用的会话。没有日期。")
        case .websocket:
            Message(
                "A session key that holds its user, and a presence key for each user with a connection, neither with a TTL: "
                    + "presence keys of users without a session; sessions without a TTL (--set-missing-ttl layout: 24h, "
                    + "2h). No dates: --max-idle goes by the last use.",
                zh: "会话键保存其用户，在线用户各有一个状态键，均无 TTL：可证明没有会话的用户的状态键；没有 TTL 的会话（--set-missing-ttl layout：24h、2h）。"
                    + "没有日期：--max-idle 以最近使用为准。")
        case .springSession:
            Message(
                "Spring Session, indexed: hashes, principal index, expirations as sets and as a sorted set, members in "
                    + "Java's serialisation or plain: entries and expiry keys without their hash. Expired: last access "
                    + "and longest inactivity past.",
                zh: "Spring Session（带索引）：哈希、用户索引、以集合或有序集合表示的到期表，成员为 Java 序列化或纯文本：可证明哈希已不存在的记录和到期键。"
                    + "过期：最近访问加最长闲置时间已过。")
        case .gitlab:
            Message(
                "GitLab: a set of ids for each user; an entry is orphaned if neither the new nor the old session key of "
                    + "the user exists. session:gitlab:… also serves visitors who are not signed in and is left alone. "
                    + "No dates.",
                zh: "GitLab：每个用户一个ID集合；新旧两种用户会话键均不存在的记录是孤儿记录。session:gitlab:… 也用于未登录的访客，不作处理。没有日期。")
        case .lucia:
            Message(
                "lucia v2: JSON sessions, and a set of ids for each user: orphaned entries. Expired: idle_expires past.",
                zh: "lucia v2：JSON 会话，每个用户一个ID集合：可证明孤儿记录。过期：已过 idle_expires。")
        case .openTomato:
            Message(
                "JSON sessions, a set of ids for each user, and refresh keys that point to sessions: orphaned entries; "
                    + "refresh keys whose session is gone or has another currentRefresh. No dates.",
                zh: "JSON 会话、每个用户一个ID集合、指向会话的 refresh 键：可证明孤儿记录，以及会话已不存在或 currentRefresh 已更换的 refresh 键。没有日期。")
        case .custom:
            Message(
                "Nothing but what the options beside it say, such as those that the other names stand for.",
                zh: "仅由同时给出的选项决定，例如其他名称所代表的那些选项。")
        case .redisSessions:
            Message(
                "redis-sessions: hashes without a TTL, sets for each user, sorted sets for each application and for all: "
                    + "orphaned entries. Expired: la and ttl past.",
                zh: "redis-sessions：没有 TTL 的哈希、每个用户的集合、每个应用及全局的有序集合：可证明孤儿记录。过期：la 加 ttl 已过。")
        }
    }
}
