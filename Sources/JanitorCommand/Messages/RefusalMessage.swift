import RedisClient
import SessionJanitor

/// Says in words why a run removes nothing: the numbers, and the option that permits it.
enum RefusalMessage {
    static func text(_ refusal: Refusal, _ language: Language = .english) -> String {
        message(refusal)[language]
    }

    private static func message(_ refusal: Refusal) -> Message {
        switch refusal {
        case .noSessionExists(let entries, let dependents, let otherKeys):
            noSessionExists(removals(entries, nil, dependents), otherKeys)
        case .noSessionNamed(let template, let count):
            noSessionNamed(template, count)
        case .noSessionWouldRemain(let sessions):
            Message(
                "\(NumberText.counted(sessions, "session")) would go as expired, and no live session would remain; a wrong "
                    + "--max-age-days or clock looks just like that; if it is right, --allow-no-live-sessions permits it",
                zh: "将有 \(NumberText.grouped(sessions)) 个会话因过期被移除，且不再剩下有效会话；--max-age-days 或时钟有误时正是如此；"
                    + "确认无误后可用 --allow-no-live-sessions 放行")
        case .scoresApart(let sessions):
            Message(
                "\(NumberText.counted(sessions, "session")) would go by scores that the cluster keeps in another slot, where "
                    + "they cannot be compared at the moment of the removal; one hash tag in the session's key and in the "
                    + "sorted set's permits it, and without --include-expired and --max-idle the rest can be cleaned",
                zh: "将有 \(NumberText.grouped(sessions)) 个会话依据集群中另一个槽里的分数被移除，移除的瞬间无法核对这些分数；"
                    + "会话键与有序集合的键使用同一个哈希标签即可，不使用 --include-expired 和 --max-idle 则可清理其余内容")
        case .clocksApart(let behind, let ahead, let seconds, let limit):
            Message(
                "the clock of \(Printable.text(ahead)) is \(NumberText.seconds(seconds)) ahead of that of "
                    + "\(Printable.text(behind)), and what time it is decides what goes; set the clocks (NTP); a longer "
                    + "--max-skew than \(NumberText.seconds(limit / .seconds(1))) permits it",
                zh: "\(Printable.text(ahead)) 的时钟比 \(Printable.text(behind)) 快 \(NumberText.seconds(seconds))，"
                    + "而移除与否取决于时间；请校准时钟（NTP）；可用大于 \(NumberText.seconds(limit / .seconds(1))) 的 --max-skew 放行")
        case .tooManyRemovals(let entries, let sessions, let dependents, let ttls, let checked, let limit):
            tooManyRemovals(
                removals(entries, sessions, dependents), ttls,
                share(entries + sessions + dependents + ttls, of: checked, limit), limit)
        }
    }

    private static func noSessionExists(_ removals: Message, _ otherKeys: Int) -> Message {
        let others =
            otherKeys == 0
            ? Message("", zh: "")
            : Message(
                "\(NumberText.counted(otherKeys, "other key matches", "other keys match")) no template, ",
                zh: "另有 \(NumberText.grouped(otherKeys)) 个键不符合任何模板，")
        return Message(
            "no session key exists, \(others.english)and \(removals.english) would go; a wrong database, prefix or "
                + "template looks just like that; if it is right, --allow-no-live-sessions permits it",
            zh: "没有任何会话键，\(others.chinese)却要移除 \(removals.chinese)；数据库、前缀或模板有误时正是如此；"
                + "确认无误后可用 --allow-no-live-sessions 放行")
    }

    private static func noSessionNamed(_ template: NamingTemplate, _ count: Int) -> Message {
        let things: Message
        let key: [UInt8]
        let option: String
        switch template {
        case .entries(let index):
            things = removals(count, nil, 0)
            key = index.key { "{\($0)}" }
            option = "--member"
        case .pointers(let pointer):
            things = Message(NumberText.counted(count, "pointer"), zh: "\(NumberText.grouped(count)) 个指针")
            key = pointer.template.key { "{\($0)}" } + Array((pointer.field.map { "=hash:\($0)" } ?? "").utf8)
            option = "--pointer-key"
        }
        let name = Printable.text(key)
        return Message(
            "there are sessions, nothing in \(name) names one of them, and \(things.english) would go; ids in another form, "
                + "or a wrong --session-key or \(option), usually mean that; if it is right, --allow-no-live-sessions "
                + "permits it",
            zh: "存在会话，但 \(name) 中没有任何内容指向它们，却要移除 \(things.chinese)；会话ID形式不同，或 --session-key、"
                + "\(option) 有误时正是如此；确认无误后可用 --allow-no-live-sessions 放行")
    }

    private static func tooManyRemovals(
        _ removals: Message, _ ttls: Int, _ share: Message, _ limit: SafetyLimits.MaximumRemovals
    ) -> Message {
        Message(
            "\(removals.english) would go\(ttls == 0 ? "" : " and \(NumberText.counted(ttls, "TTL")) would be set"), "
                + "\(share.english)more than --max-removals \(text(limit)) allows; a larger --max-removals permits it",
            zh: "将移除 \(removals.chinese)\(ttls == 0 ? "" : "，并设置 \(NumberText.grouped(ttls)) 个 TTL")，"
                + "\(share.chinese)超过 --max-removals \(text(limit))；可用更大的 --max-removals 放行")
    }

    /// What would be removed; sessions where they can be, and dependents where there are any.
    private static func removals(_ entries: Int, _ sessions: Int?, _ dependents: Int) -> Message {
        var parts = [
            Message(NumberText.counted(entries, "entry", "entries"), zh: "\(NumberText.grouped(entries)) 条索引记录")
        ]
        if let sessions {
            parts.append(
                Message(NumberText.counted(sessions, "session"), zh: "\(NumberText.grouped(sessions)) 个会话"))
        }
        if dependents > 0 {
            parts.append(
                Message(
                    NumberText.counted(dependents, "dependent key"), zh: "\(NumberText.grouped(dependents)) 个从属键"))
        }
        let last = parts.removeLast()
        guard !parts.isEmpty else { return last }
        return Message(
            parts.map(\.english).joined(separator: ", ") + " and " + last.english,
            zh: parts.map(\.chinese).joined(separator: "、") + "和 " + last.chinese)
    }

    /// What a limit that is a share is held against.
    private static func share(_ changes: Int, of checked: Int, _ limit: SafetyLimits.MaximumRemovals) -> Message {
        guard case .percent = limit, checked > 0 else { return Message("", zh: "") }
        let share = NumberText.fixed(Double(changes) * 100 / Double(checked), decimals: 1)
        return Message(
            "\(share)% of the \(NumberText.grouped(checked)) that were checked, ",
            zh: "占所检查的 \(NumberText.grouped(checked)) 项的 \(share)%，")
    }

    private static func text(_ limit: SafetyLimits.MaximumRemovals) -> String {
        switch limit {
        case .count(let count): "\(count)"
        case .percent(let percent):
            "\(percent == percent.rounded() ? String(Int(clamping: percent)) : String(percent))%"
        }
    }
}
