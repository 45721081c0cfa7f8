import SessionJanitor

/// Says in words how much there is to remove, kind by kind; kinds of which there is nothing are left out.
struct RemovableText {
    private var parts: [Message] = []

    /// What a plan holds.
    init(_ plan: CleanupPlan) {
        let entryCount = plan.count(.entry)
        if entryCount > 0 {
            // Those of expired sessions are orphaned only once these are gone.
            let kind = plan.count(.entry, .expired) == 0 ? Message("orphaned ", zh: "孤儿") : Message("", zh: "")
            let entries = NumberText.counted(entryCount, "\(kind.english)entry", "\(kind.english)entries")
            let users = NumberText.grouped(plan.indexKeys)
            parts.append(
                Message(
                    "\(entries) of \(NumberText.counted(plan.indexKeys, "user"))",
                    zh: "\(users) 个用户的 \(NumberText.grouped(entryCount)) 条\(kind.chinese)记录"))
        }
        add(plan.count(.session), "expired session", zh: "个过期会话")
        add(plan.count(.pointer), "pointer", zh: "个指针")
        add(plan.count(.companion), "companion key", zh: "个伴随键")
        add(plan.count(.presence), "presence key", zh: "个状态键")
    }

    /// What a run has found.
    init(_ found: CleanupStatistics) {
        if found.orphanedEntriesFound > 0 {
            parts.append(
                Message(
                    NumberText.counted(found.orphanedEntriesFound, "orphaned entry", "orphaned entries"),
                    zh: "\(NumberText.grouped(found.orphanedEntriesFound)) 条孤儿记录"))
        }
        add(found.expiredSessionsFound + found.idleSessionsFound, "expired session", zh: "个过期会话")
        add(found.orphanedPointersFound, "pointer", zh: "个指针")
        add(found.orphanedCompanionsFound, "companion key", zh: "个伴随键")
        add(found.orphanedPresenceKeysFound, "presence key", zh: "个状态键")
    }

    /// What a run that was stopped has left; its orphaned entries are told in any case.
    init(_ left: LeftOver) {
        parts.append(
            Message(
                NumberText.counted(left.entries, "orphaned entry", "orphaned entries"),
                zh: "\(NumberText.grouped(left.entries)) 条孤儿记录"))
        add(left.sessions, "expired session", zh: "个过期会话")
        add(left.dependents, "other key", zh: "个其他键")
        add(left.ttls, "missing TTL", zh: "个待设置的 TTL")
    }

    private mutating func add(_ count: Int, _ noun: String, zh: String) {
        guard count > 0 else { return }
        parts.append(Message(NumberText.counted(count, noun), zh: "\(NumberText.grouped(count)) \(zh)"))
    }

    var isEmpty: Bool { parts.isEmpty }

    /// `5 orphaned entries of 2 users, 1 expired session and 3 pointers`.
    var message: Message {
        let english = parts.map(\.english)
        let last = english.count > 1 ? " and " + (english.last ?? "") : english.last ?? ""
        return Message(
            english.dropLast().joined(separator: ", ") + last, zh: parts.map(\.chinese).joined(separator: "、"))
    }
}
