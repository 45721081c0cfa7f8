import SessionJanitor

/// What a dry run would change, or a run has changed, in sentences.
struct Changes {
    private let isDone: Bool
    /// Whatever goes but sessions: `5 orphaned entries of 2 users`, `3 pointers`.
    private var things: [Message] = []
    private var thingCount = 0
    /// `2 sessions of 1 user`; nil if there are none.
    private var sessions: Message?
    private let sessionCount: Int
    private let ttls: Int
    private let reasons: Message

    init(_ run: RunRecord, isDone: Bool) {
        let numbers = run.report.statistics
        self.isDone = isDone
        ttls = isDone ? numbers.ttlsSet : numbers.missingTTLsFound
        reasons = Changes.reasons(run.options.cleanup)
        let found = numbers.expiredSessionsFound + numbers.idleSessionsFound + numbers.excessSessionsFound
        let removed =
            numbers.expiredSessionsRemoved + numbers.idleSessionsRemoved + numbers.excessSessionsRemoved
        sessionCount = isDone ? removed : found
        let orphans = isDone ? numbers.orphanedEntriesRemoved : numbers.orphanedEntriesFound
        // Of what is done in part nobody has counted the users.
        add(
            orphans,
            Changes.ofUsers(
                orphans == numbers.orphanedEntriesFound ? numbers.usersOfOrphans : 0,
                Message("\(orphans, "orphaned entry", "orphaned entries")", zh: "\(orphans) 条孤儿记录")))
        for (found, removed, noun, chinese) in [
            (numbers.orphanedPointersFound, numbers.orphanedPointersRemoved, "pointer", "指针"),
            (numbers.orphanedCompanionsFound, numbers.orphanedCompanionsRemoved, "companion key", "伴随键"),
            (numbers.orphanedPresenceKeysFound, numbers.orphanedPresenceKeysRemoved, "presence key", "状态键"),
        ] {
            let count = isDone ? removed : found
            add(count, Message("\(count, "orphaned \(noun)")", zh: "\(count) 个孤儿\(chinese)"))
        }
        guard sessionCount > 0 else { return }
        sessions = Changes.ofUsers(
            sessionCount == found ? numbers.usersOfExpired : 0,
            Message("\(sessionCount, "session")", zh: "\(sessionCount) 个会话"))
    }

    private mutating func add(_ count: Int, _ thing: Message) {
        guard count > 0 else { return }
        things.append(thing)
        thingCount += count
    }

    private static func ofUsers(_ users: Int, _ thing: Message) -> Message {
        users > 0 ? Message("\(thing) of \(users, "user")", zh: "\(users) 个用户的 \(thing)") : thing
    }

    /// Why sessions go: `older than 3 days or past their expiry`.
    private static func reasons(_ cleanup: CleanupOptions) -> Message {
        let days = cleanup.maximumAgeDays
        let clocks = cleanup.includesExpired ? cleanup.layout.expiresBy : []
        var reasons = clocks.map { clock in
            switch clock {
            case .created: Message("older than \(days, "day")", zh: "已超过 \(days) 天")
            case .lastAccess: Message("unused for \(days, "day")", zh: "已 \(days) 天未使用")
            case .expiry: Message("past their expiry", zh: "已过有效期")
            }
        }
        if let idle = cleanup.maximumIdle {
            let time = NumberText.duration(idle)
            reasons.append(Message("idle for \(time)", zh: "闲置超过 \(time)"))
        }
        if let most = cleanup.maximumSessions {
            reasons.append(Message("beyond the newest \(most) of their user", zh: "超出其用户最新的 \(most) 个"))
        }
        return Message.joined(reasons, by: Message(" or ", zh: "或"))
    }

    var isEmpty: Bool { thingCount + sessionCount + ttls == 0 }

    /// `5 orphaned entries of 2 users and 1 session`.
    var list: Message {
        let keys = ttls > 0 ? [Message("\(ttls, "key") without a TTL", zh: "\(ttls) 个没有 TTL 的键")] : []
        return Message.list(things + (sessions.map { [$0] } ?? []) + keys)
    }

    /// What is asked: `remove 5 orphaned entries of 2 users and sign out 1 session`.
    var requests: Message {
        var requests: [Message] = []
        if thingCount > 0 {
            requests.append(Message("remove \(Message.list(things))", zh: "移除 \(Message.list(things))"))
        }
        if let sessions { requests.append(Message("sign out \(sessions)", zh: "登出 \(sessions)")) }
        if ttls > 0 { requests.append(Message("set the TTL of \(ttls, "key")", zh: "为 \(ttls) 个键设置 TTL")) }
        return Message.list(requests)
    }

    var sentences: [Message] {
        var sentences: [Message] = []
        if let sessions {
            sentences.append(
                isDone
                    ? Message(
                        "\(sessions) \(was: sessionCount) \(reasons): they have been signed out.",
                        zh: "\(sessions)\(reasons)：相应用户已被登出。")
                    : Message(
                        "\(sessions) \(sessionCount, one: "is", many: "are") \(reasons): they would be signed out.",
                        zh: "\(sessions)\(reasons)：相应用户将被登出。"))
        }
        if thingCount > 0 {
            let list = Message.list(things)
            sentences.append(
                isDone
                    ? Message("\(list) \(was: thingCount) removed.", zh: "已移除 \(list)。")
                    : Message("\(list) would be removed.", zh: "将移除 \(list)。"))
        }
        if ttls > 0 {
            sentences.append(
                isDone
                    ? Message("\(ttls, "key") got a TTL.", zh: "已为 \(ttls) 个键设置 TTL。")
                    : Message("\(ttls, "key") would get a TTL.", zh: "将为 \(ttls) 个键设置 TTL。"))
        }
        return sentences
    }
}
