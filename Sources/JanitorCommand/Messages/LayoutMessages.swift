import SessionJanitor

extension KeyTemplateError {
    /// Why templates make no layout, and what to do.
    @MessageBuilder var message: Message {
        switch self {
        case .unbalancedBrace(let template):
            "template \(quoted: template): a brace is unbalanced; write {{ or }} for the brace itself"
            "模板 \(quoted: template)：花括号不成对；花括号本身请写作 {{ 或 }}"
        case .invalidVariable(let template, let name):
            "template \(quoted: template): {\(name)} is not a variable; a name is lower-case letters, such as {prefix}, {id} "
                + "and {user}"
            "模板 \(quoted: template)：{\(name)} 不是变量；变量名由小写字母组成，例如 {prefix}、{id} 和 {user}"
        case .invalidPattern(let template, let pattern):
            "template \(quoted: template): \(quoted: pattern) is not a regular expression, or repeats a group, which could "
                + "take for ever; repeat a class, such as [a-z]+"
            "模板 \(quoted: template)：\(quoted: pattern) 不是正则表达式，或重复了分组（可能永远匹配不完）；请重复字符类，例如 [a-z]+"
        case .missingVariable("", _): Message("a layout needs a --session-key", zh: "布局需要 --session-key")
        case .missingVariable(let template, let variable):
            "template \(quoted: template): {\(variable)} is missing"
            "模板 \(quoted: template)：缺少 {\(variable)}"
        case .repeatedVariable(let template, let variable):
            "template \(quoted: template): {\(variable)} occurs more than once"
            "模板 \(quoted: template)：{\(variable)} 出现多次"
        case .overlap(let first, let second):
            "templates \(quoted: first) and \(quoted: second) match the same keys; they must differ before or after their "
                + "variables, or in the patterns of these"
            "模板 \(quoted: first) 与 \(quoted: second) 会匹配相同的键；两者在变量之前或之后，或在变量的模式上必须不同"
        case .unknownSession(let template, let sessionKey, let missing):
            "template \(quoted: template) does not tell which session it means: {\(missing)} of session key "
                + "\(quoted: sessionKey) is missing"
            "模板 \(quoted: template) 无法说明所指的会话：缺少会话键 \(quoted: sessionKey) 的 {\(missing)}"
        case .misplaced(let option):
            "\(option.name.rawValue) \(quoted: option.value) belongs to the key template before it; put it after the one that "
                + "it is about"
            "\(option.name.rawValue) \(quoted: option.value) 说明它之前的键模板；请写在相应的模板之后"
        case .invalidValue(let option):
            "\(option.name.rawValue) \(quoted: option.value) is not valid; see session-janitor layouts for examples"
            "\(option.name.rawValue) \(quoted: option.value) 无效；示例见 session-janitor layouts"
        case .unknownUser(let template):
            "presence key \(quoted: template) needs to know the users of sessions: say by --user where a session names its "
                + "user, or put {user} into each session key"
            "状态键 \(quoted: template) 需要知道会话的用户：请用 --user 说明会话在哪里记录用户，或在每个会话键中加入 {user}"
        case .mixedSources(let first, let second):
            "a session is either a hash or a string: \(quoted: first) and \(quoted: second) contradict each other"
            "会话或是哈希，或是字符串：\(quoted: first) 与 \(quoted: second) 互相矛盾"
        case .tooMany(let name):
            "\(name.rawValue) may be given 16 times at most"
            "\(name.rawValue) 最多可给出 16 次"
        }
    }
}

extension BuiltInLayout {
    /// What the layout is for, what can be proven there, and by which date a session is expired.
    @MessageBuilder var message: Message {
        switch self {
        case .appauth:
            "JSON sessions, and a sorted set of ids for each user: orphaned entries. Expired: ts too old, or exp past."
            "JSON 会话，每个用户一个ID有序集合：可证明孤儿记录。过期：ts 过旧或已过 exp。"
        case .userSessions:
            "Sessions in hashes or JSON strings, a set of ids for each user, and token keys that point to sessions: orphaned entries; tokens whose "
                + "session is gone or names another token. Expired: expires_at past."
            "哈希或 JSON 字符串会话、每个用户一个ID集合、指向会话的 token 键：可证明孤儿记录，以及会话已不存在或已换用其他 token 的 token 键。过期：已过 expires_at。"
        case .flask:
            "flask-session: sessions without an index, in a form that is not read: sessions without a TTL; with --max-idle "
                + "those that nobody has used. No dates."
            "flask-session：没有索引的会话，其内容不作解读：没有 TTL 的会话；配合 --max-idle 可处理无人使用的会话。没有日期。"
        case .websocket:
            "A session key that holds its user, and an empty presence key for each user with a connection, neither with a TTL, "
                + "and all named alike, so that what a key holds tells which it is: presence keys of users without a session; sessions without a TTL (--set-missing-ttl layout: 24h, 2h). No "
                + "dates: --max-idle goes by the last use, which takes Redis 7.2 here."
            "会话键保存其用户，在线用户各有一个空的状态键，均无 TTL，键名形式相同，由键的内容区分：可证明没有会话的用户的状态键；没有 TTL 的会话（--set-missing-ttl layout：24h、2h）。"
                + "没有日期：--max-idle 以最近使用为准，此处需要 Redis 7.2。"
        case .springSession:
            "Spring Session, indexed: hashes, principal index, expirations as sets and as a sorted set, members in Java's "
                + "serialisation or plain: entries and expiry keys without their hash. Expired: last access and longest "
                + "inactivity past."
            "Spring Session（带索引）：哈希、用户索引、以集合或有序集合表示的到期表，成员为 Java 序列化或纯文本：可证明哈希已不存在的记录和到期键。过期：最近访问加最长闲置时间已过。"
        case .gitlab:
            "GitLab: a set of ids for each user; an entry is orphaned if neither the new nor the old session key of the user "
                + "exists. session:gitlab:… also serves visitors who are not signed in and is left alone. No dates."
            "GitLab：每个用户一个ID集合；新旧两种用户会话键均不存在的记录是孤儿记录。session:gitlab:… 也用于未登录的访客，不作处理。没有日期。"
        case .lucia:
            "lucia v2: JSON sessions, and a set of ids for each user: orphaned entries. Expired: idle_expires past."
            "lucia v2：JSON 会话，每个用户一个ID集合：可证明孤儿记录。过期：已过 idle_expires。"
        case .openTomato:
            "JSON sessions, a set of ids for each user, and refresh keys that point to sessions: orphaned entries; refresh "
                + "keys whose session is gone or has another currentRefresh. No dates."
            "JSON 会话、每个用户一个ID集合、指向会话的 refresh 键：可证明孤儿记录，以及会话已不存在或 currentRefresh 已更换的 refresh 键。没有日期。"
        case .bastion:
            "JSON sessions, one set of the active ones, and a key for each session of a user: entries and keys whose session is "
                + "gone. With --max-idle 30s sessions without activity go, and --publish CHANNEL tells the application. Expired: "
                + "last_active too old."
            "JSON 会话、一个活动会话ID集合、每个用户会话各一个键：可证明会话已不存在的记录和键。配合 --max-idle 30s 可移除无活动的会话，"
                + "--publish CHANNEL 会通知应用。过期：last_active 过旧。"
        case .connectRedis:
            "connect-redis (express-session): JSON sessions without an index; an index of your own goes beside it with --index-key "
                + "and --member. Expired: cookie.expires past; a browser session has none."
            "connect-redis（express-session）：没有索引的 JSON 会话；自建索引可用 --index-key 和 --member 说明。过期：已过 cookie.expires；"
                + "浏览器会话没有此日期。"
        case .django:
            "Django's cache and cached_db sessions in django-redis, whose KEY_PREFIX is --prefix: pickled, without an index or a "
                + "date: sessions without a TTL; with --max-idle those that nobody has used. Other cache keys are left alone."
            "Django 的 cache 与 cached_db 会话（django-redis，KEY_PREFIX 对应 --prefix）：pickle 格式，没有索引和日期：没有 TTL 的会话；"
                + "配合 --max-idle 可处理无人使用的会话。其他缓存键不作处理。"
        case .starsessions:
            "starsessions: JSON sessions without an index. Expired: last access too old."
            "starsessions：没有索引的 JSON 会话。过期：最近访问过旧。"
        case .fastapiUsers:
            "fastapi-users: tokens that hold their user, without an index or a date: tokens without a TTL; with --max-idle those "
                + "that nobody has used."
            "fastapi-users：保存其用户的 token，没有索引和日期：没有 TTL 的 token；配合 --max-idle 可处理无人使用的 token。"
        case .authJS:
            "Auth.js on Upstash: JSON sessions, and a key for each user that holds the whole key of a session: such keys whose "
                + "session is gone. Expired: expires past."
            "Auth.js（Upstash）：JSON 会话，每个用户一个保存会话完整键名的键：可证明会话已不存在的此类键。过期：已过 expires。"
        case .betterAuth:
            "better-auth's secondary storage: JSON sessions under their bare tokens, told from other keys by what they hold. "
                + "Expired: session.expiresAt past. The lists active-sessions-… are left alone."
            "better-auth 的二级存储：以 token 为键的 JSON 会话，由内容与其他键区分。过期：已过 session.expiresAt。active-sessions-… 列表不作处理。"
        case .saToken:
            "Sa-Token: tokens that hold their user, or -1 to -7 once they have ended, and last-active keys: such keys whose token is "
                + "gone or has ended; with --include-expired the ended tokens. No dates. The sessions of users are left alone."
            "Sa-Token：保存其用户的 token（结束后值为 -1 至 -7）及 last-active 键：可证明 token 已不存在或已结束的 last-active 键；"
                + "配合 --include-expired 可移除已结束的 token。没有日期。用户的 session 键不作处理。"
        case .custom:
            "Nothing but what the options beside it say, such as those that the other names stand for."
            "仅由同时给出的选项决定，例如其他名称所代表的那些选项。"
        case .redisSessions:
            "redis-sessions: hashes without a TTL, sets for each user, sorted sets for each application and for all: orphaned "
                + "entries. Expired: la and ttl past."
            "redis-sessions：没有 TTL 的哈希、每个用户的集合、每个应用及全局的有序集合：可证明孤儿记录。过期：la 加 ttl 已过。"
        }
    }
}

extension LayoutReason {
    @MessageBuilder var message: Message {
        switch self {
        case .sessionsOfOtherType(let count, let type, let expected):
            "session keys of type \(type), not \(expected): \(count)"
            "类型为 \(type) 而非 \(expected) 的会话键：\(count) 个"
        case .noSessions: Message("no session key", zh: "没有会话键")
        case .noIndexKeys: Message("no index key", zh: "没有用户会话键")
        case .entriesNameSessions(let good, let count):
            "entries that name a session: \(LayoutReason.share(good, count))"
            "指向会话的记录：\(LayoutReason.share(good, count))"
        case .namesHaveForm(let form):
            "they do so as --member \(quoted: form)"
            "形式为 --member \(quoted: form)"
        case .noEntryNamesASession(let count):
            "entries that name a session: \(LayoutReason.share(0, count)); a run would remove all of them"
            "指向会话的记录：\(LayoutReason.share(0, count))；运行会将其全部移除"
        case .pointersNameSessions(let good, let count):
            "pointers that name a session: \(LayoutReason.share(good, count))"
            "指向会话的指针：\(LayoutReason.share(good, count))"
        case .datesReadable(let good, let count):
            "sessions with a readable date: \(LayoutReason.share(good, count))"
            "日期可读的会话：\(LayoutReason.share(good, count))"
        case .keysOfAnother(let count, let total, let layout):
            "session keys that are \(layout.rawValue)'s: \(count) of \(total)"
            "属于 \(layout.rawValue) 的会话键：\(total) 个中的 \(count) 个"
        }
    }

    private static func share(_ good: Int, _ looked: Int) -> Message {
        Message("\(good) of \(looked) looked at", zh: "查看的 \(looked) 个中有 \(good) 个")
    }
}
