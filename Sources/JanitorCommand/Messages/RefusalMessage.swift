import RedisClient
import SessionJanitor

/// Says in words why a run removes nothing: the numbers, and the option that permits it.
enum RefusalMessage {
    static func text(_ refusal: Refusal, _ language: Language = .english) -> String {
        message(refusal)[language]
    }

    private static func message(_ refusal: Refusal) -> Message {
        switch refusal {
        case .noSessionExists(let entries):
            Message(
                "no session key exists, and \(NumberText.counted(entries, "entry", "entries")) would go; a wrong "
                    + "database, prefix or template looks just like that; if it is right, --allow-no-live-sessions "
                    + "permits it",
                zh: "没有任何会话键，却要移除 \(NumberText.grouped(entries)) 条索引记录；数据库、前缀或模板有误时正是如此；"
                    + "确认无误后可用 --allow-no-live-sessions 放行")
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
        case .tooManyRemovals(let entries, let sessions, let ttls, let limit):
            Message(
                "\(NumberText.counted(entries, "entry", "entries")) and \(NumberText.counted(sessions, "session")) would "
                    + "go\(ttls == 0 ? "" : " and \(NumberText.counted(ttls, "TTL")) would be set"), "
                    + "more than --max-removals \(text(limit)) allows; a larger --max-removals permits it",
                zh: "将移除 \(NumberText.grouped(entries)) 条索引记录和 \(NumberText.grouped(sessions)) 个会话"
                    + "\(ttls == 0 ? "" : "，并设置 \(NumberText.grouped(ttls)) 个 TTL")，"
                    + "超过 --max-removals \(text(limit))；可用更大的 --max-removals 放行")
        }
    }

    private static func text(_ limit: SafetyLimits.MaximumRemovals) -> String {
        switch limit {
        case .count(let count): "\(count)"
        case .percent(let percent):
            "\(percent == percent.rounded() ? String(Int(clamping: percent)) : String(percent))%"
        }
    }
}
