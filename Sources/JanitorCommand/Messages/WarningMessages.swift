import SessionJanitor

// What somebody should know beside the numbers, and why a run removes nothing.

extension CleanupWarning {
    @MessageBuilder var message: Message {
        switch self {
        case .wouldBeRefused(let refusal):
            "a real run would be refused: \(refusal.message)"
            "真正执行时会被拒绝：\(refusal.message)"
        case .unreadableIndexKeys(let keys):
            "\(keys.count, "index key") cannot hold session ids and \(was: keys.count) left alone: "
                + "\(CleanupWarning.names(keys))"
            "\(keys.count) 个用户会话键的类型无法存放会话ID，未作处理：\(CleanupWarning.names(keys))"
        case .retypedEntries(let count):
            "\(count, "entry", "entries") \(was: count) kept: the type of the index key changed during the "
                + "run; run again"
            "\(count) 条记录被保留：用户会话键的类型在此期间改变；请再运行一次"
        case .undatedSessions(let count):
            "\(count, "session") without a usable date \(was: count) kept"
            "\(count) 个会话没有可用的日期，已保留"
        case .misdatedSessions(let count, let all):
            "\(all, "session") without a usable date \(was: all) kept; the dates of \(count) lie outside "
                + "the years 2000 to 2200: does the layout take seconds for milliseconds, or milliseconds for seconds?"
            "\(all) 个会话没有可用的日期，已保留；其中 \(count) 个的日期不在 2000 至 2200 年之间：布局是否混淆了秒与毫秒？"
        case .unreadableSessions(let count):
            "\(count, "session") that \(count, one: "is", many: "are") not a JSON object in a string \(was: count) kept"
            "\(count) 个会话不是字符串类型的 JSON 对象，已保留"
        case .datesTakenForUTC:
            "some dates have no time zone and were taken as UTC; if the application uses another one, sessions expire too "
                + "early or too late: do not use --include-expired then"
            "部分日期没有时区，按 UTC 处理；若应用使用其他时区，会话会过早或过晚过期，请勿使用 --include-expired"
        case .changedSessions(let count):
            "\(count, "expired session") changed during the run and \(was: count) kept"
            "\(count) 个过期会话在运行期间被修改，已保留"
        case .idleTimesReset:
            "on this server, reading a session counts as using it: a run less than --max-idle after this one finds no idle "
                + "sessions; from Redis 7.2 on, the right to CLIENT NO-TOUCH avoids that"
            "在此服务器上读取会话即算作使用，因此运行间隔短于 --max-idle 时找不到闲置会话；Redis 7.2 起，有 CLIENT NO-TOUCH 权限的用户读取时不留痕迹"
        case .uncertainRemovals(let count):
            "\(count, "removal") \(was: count) under way when the connection failed: carried out or not, "
                + "not counted; run again"
            "连接中断时有 \(count) 项移除正在进行，是否完成未知，未计入统计；请再运行一次"
        case .ttlsLeftOut(let count):
            "\(count, "key") got no TTL: the server's clock was set during the run, or the run was too slow for so short a TTL; "
                + "run again"
            "\(count) 个键没有设置 TTL：服务器时钟在此期间被调整，或 TTL 过短而运行过慢；请再运行一次"
        case .unlocked:
            "no lock was taken, as the server's memory is full; another run may have worked on the same keys"
            "服务器内存已满，未能加锁；可能有另一个清理同时进行"
        case .timeIsUp(let left): RunStop.timeIsUp.message(left)
        case .noEffect(let option, let needed):
            "\(option) has no effect without \(needed)"
            "没有 \(needed) 时，\(option) 不起作用"
        case .unverifiedServer:
            "the server's certificate was not checked (--insecure): somebody in between can read and change everything"
            "未检查服务器证书（--insecure）：中间人可以读取并篡改全部内容"
        case .exposedPasswordFile(let path):
            "others than its owner can read the password file \(quoted: path): chmod 600 fixes that"
            "密码文件 \(quoted: path) 可被所有者以外的人读取：请执行 chmod 600"
        case .unstableSlots(let count):
            "\(count, "slot") of the cluster \(count, one: "has", many: "have") no node or \(was: count) "
                + "migrating: sessions and index keys in \(count, one: "it", many: "them") may have been missed; run again "
                + "(redis-cli --cluster check)"
            "集群有 \(count) 个槽没有节点或正在迁移，其中的会话和用户会话键可能被遗漏；请再运行一次（redis-cli --cluster check）"
        case .unreachable(let part): CleanupWarning.message(part)
        case .foreignNames(let count):
            "\(count, "entry, pointer or companion", "entries, pointers and companions") cannot name a session, by the "
                + "patterns of --session-key and --member, and \(was: count) kept"
            "有 \(count) 条记录、指针或伴随键不符合 --session-key 和 --member 的模式，不可能是会话ID，已保留"
        case .unprovenPresence(let count):
            "\(count, "presence key") \(was: count) kept: the server cannot tell when a key was used, "
                + "because of its maxmemory-policy, for want of the right to INFO, or because its clock stood still"
            "\(count) 个状态键被保留：由于 maxmemory-policy、缺少 INFO 权限或时钟停滞，服务器无法得知键的使用时间"
        case .unpublished(let count, let reason):
            let said = reason.map { Message("\($0)") } ?? Message("the connection failed", zh: "连接中断")
            let advice = Message(
                if: reason?.hasPrefix("NOPERM") == true, "; give the user the right to PUBLISH, and to the channel",
                zh: "；请授予用户 PUBLISH 命令及该频道的权限")
            "\(count, "removal") \(was: count) carried out and not published: \(said)\(advice)"
            "\(count) 项移除已完成但未发布：\(said)\(advice)"
        case .nothingMatches(let layout, let others):
            let templates = layout.sessionKeys + layout.indexKeys.map(\.template)
            let patterns = Message.joined(
                templates.map { Message("\($0.key { _ in "*" })") }, by: Message(" or ", zh: " 或 "))
            let count = others ?? 0
            let also = Message(if: count > 0, ", and there are \(count, "other key")", zh: "，但另有 \(count) 个键")
            let next = Message(
                if: others != 0, " session-janitor layouts --detect names the layout that fits",
                zh: "session-janitor layouts --detect 可找出合适的布局")
            "no key matches \(patterns)\(also): is it the right database and --prefix?\(next)"
            "没有键匹配 \(patterns)\(also)：数据库和 --prefix 是否正确？\(next)"
        case .outdatedPlan(let count, let all):
            "\(count) of the plan's \(all, "removal") no longer \(count == 1 ? "applies" : "apply"): what they name has changed or "
                + "is gone"
            "计划中 \(all) 项移除有 \(count) 项不再适用：所指内容已变化或已消失"
        }
    }

    private static func message(_ part: Unreachable) -> Message {
        let (keys, items) = (part.indexKeys, part.items)
        let unread = Message("\(keys, "index key") \(was: keys) not read", zh: "\(keys) 个用户会话键未能读取")
        let kept = Message(
            "\(items, "entry or session", "entries and sessions") \(was: items) kept",
            zh: "\(items) 条记录或会话被保留")
        let unseen = Message(
            "\(part.slots, "slot") \(was: part.slots) not seen", zh: "\(part.slots) 个槽未能查看")
        let said = Message.list(
            (part.slots > 0 ? [unseen] : []) + (keys > 0 ? [unread] : []) + (items > 0 ? [kept] : []))
        let lost = Message.joined(part.nodes.sorted().map { Message("\($0)") }, by: Message(", "))
        let cause =
            part.nodes.isEmpty
            ? Message("its slots were migrating or had no node", zh: "槽仍在迁移或没有节点")
            : Message("\(lost) was lost", zh: "\(lost) 已失联")
        return Message(
            "a part of the cluster was out of reach (\(cause)): \(said); run again (redis-cli --cluster check)",
            zh: "集群有一部分无法访问（\(cause)）：\(said)；请再运行一次（redis-cli --cluster check）")
    }

    private static func names(_ keys: UnreadableIndexKeys) -> Message {
        let named = keys.examples.map { Message("\(key: $0.key) (\($0.type))") }
        let more = keys.count - keys.examples.count
        let rest = Message(if: more > 0, " and \(more) more", zh: " 等，另有 \(more) 个")
        return Message("\(Message.joined(named, by: Message(", ")))\(rest)")
    }
}

extension RestoreReport.Warning {
    @MessageBuilder var message: Message {
        switch self {
        case .cutOff:
            "the last line is cut off: the run stopped while it wrote it, before the removal that it covers"
            "最后一行不完整：运行在写入该行时中止，该行所对应的移除尚未进行"
        case .damaged(let lines):
            "\(lines, "line") of the backup \(lines, one: "is", many: "are") damaged, and what "
                + "\(lines, one: "it holds", many: "they hold") was not restored"
            "备份中有 \(lines) 行已损坏，其内容未恢复"
        case .foreign(let lines):
            "\(lines, "line") of the backup \(was: lines) not restored: no run on its layout writes such "
                + "keys or values; was the file changed?"
            "备份中有 \(lines) 行未恢复：其键或值不可能由该布局的清理写入；文件是否被改动？"
        case .rejected(let count, let example):
            "the server rejected \(count, "item"), for example: \(example)"
            "服务器拒绝了 \(count) 项，例如：\(example)"
        case .entriesWithoutSession(let count):
            "\(count, "entry", "entries") \(was: count) not restored: \(count, one: "its", many: "their") session is gone; "
                + "--entries-without-session restores \(count, one: "it", many: "them") all the same"
            "\(count) 条记录未恢复：其会话已不存在；如仍需恢复，请用 --entries-without-session"
        case .general(let warning): warning.message
        case .unlocked: CleanupWarning.unlocked.message
        }
    }
}

extension Refusal {
    /// The numbers, and the option that permits the removal.
    @MessageBuilder var message: Message {
        switch self {
        case .noSessionExists(let entries, let dependents, let otherKeys):
            let removals = Refusal.removals(entries, nil, dependents)
            let others = Message(
                if: otherKeys > 0, "\(otherKeys, "other key matches", "other keys match") no template, ",
                zh: "另有 \(otherKeys) 个键不符合任何模板，")
            "no session key exists, \(others)and \(removals) would be removed; that usually means a wrong database, prefix or "
                + "template; if it is right, --allow-no-live-sessions permits it"
            "没有任何会话键，\(others)而将移除 \(removals)；这通常说明数据库、前缀或模板有误；确认无误后可用 --allow-no-live-sessions 放行"
        case .noSessionNamed(let template, let count):
            let (name, things, option) = Refusal.parts(template, count)
            "there are sessions, nothing in \(name) names one of them, and \(things) would be removed; that usually means ids "
                + "in another form, or a wrong --session-key or \(option); if it is right, --allow-no-live-sessions permits it"
            "存在会话，但 \(name) 中没有任何内容指向它们，而将移除 \(things)；这通常说明会话ID形式不同，或 --session-key、\(option) 有误；"
                + "确认无误后可用 --allow-no-live-sessions 放行"
        case .noSessionWouldRemain(let sessions):
            "\(sessions, "session") would be removed as expired, and no live session would remain; that usually means a wrong "
                + "--max-age-days or clock; if it is right, --allow-no-live-sessions permits it"
            "将有 \(sessions) 个会话因过期被移除，之后将没有任何有效会话；这通常说明 --max-age-days 或时钟有误；确认无误后可用 --allow-no-live-sessions 放行"
        case .scoresApart(let sessions):
            "\(sessions, "session") would be removed by scores that the cluster keeps in another slot, where they cannot be "
                + "compared at the moment of the removal; one hash tag in the session's key and in the sorted set's permits it, "
                + "and without --include-expired and --max-idle the rest can be cleaned"
            "将有 \(sessions) 个会话依据集群中另一个槽里的分数被移除，移除的瞬间无法核对这些分数；"
                + "会话键与有序集合的键使用同一个哈希标签即可，不使用 --include-expired 和 --max-idle 则可清理其余内容"
        case .clocksApart(let behind, let ahead, let seconds, let limit):
            let limit = limit / .seconds(1)
            "the clock of \(ahead) is \(seconds: seconds) ahead of that of \(behind), and the time decides what is removed; "
                + "set the clocks (NTP); a longer --max-skew than \(seconds: limit) permits it"
            "\(ahead) 的时钟比 \(behind) 快 \(seconds: seconds)，而移除与否取决于时间；请校准时钟（NTP）；可用大于 \(seconds: limit) 的 --max-skew 放行"
        case .tooManyRemovals(let entries, let sessions, let dependents, let ttls, let checked, let limit):
            let removals = Refusal.removals(entries, sessions, dependents)
            let setting = Message(if: ttls > 0, " and \(ttls, "TTL") would be set", zh: "，并设置 \(ttls) 个 TTL")
            let share = Refusal.share(entries + sessions + dependents + ttls, of: checked, limit)
            let text = Refusal.text(limit)
            "\(removals) would be removed\(setting), \(share)more than --max-removals \(text) allows; a larger --max-removals "
                + "permits it"
            "将移除 \(removals)\(setting)，\(share)超过 --max-removals \(text)；可用更大的 --max-removals 放行"
        }
    }

    /// Where nothing names a session, what would be removed there, and the option that may be wrong.
    private static func parts(_ template: NamingTemplate, _ count: Int) -> ([UInt8], Message, String) {
        switch template {
        case .entries(let index):
            (index.text, removals(count, nil, 0), "--member")
        case .pointers(let pointer):
            (pointer.text, Message("\(count, "pointer")", zh: "\(count) 个指针"), "--pointer-key")
        }
    }

    /// What would be removed; sessions where they can be, and dependents where there are any.
    private static func removals(_ entries: Int, _ sessions: Int?, _ dependents: Int) -> Message {
        var parts = [Message("\(entries, "entry", "entries")", zh: "\(entries) 条记录")]
        if let sessions, sessions > 0 { parts.append(Message("\(sessions, "session")", zh: "\(sessions) 个会话")) }
        if dependents > 0 { parts.append(Message("\(dependents, "dependent key")", zh: "\(dependents) 个从属键")) }
        return Message.list(parts)
    }

    /// What a limit that is a share is held against.
    private static func share(_ changes: Int, of checked: Int, _ limit: SafetyLimits.MaximumRemovals) -> Message {
        guard case .percent = limit, checked > 0 else { return Message("") }
        let share = NumberText.fixed(Double(changes) * 100 / Double(checked), decimals: 1)
        return Message("\(share)% of the \(checked) that were checked, ", zh: "占所检查的 \(checked) 项的 \(share)%，")
    }

    private static func text(_ limit: SafetyLimits.MaximumRemovals) -> String {
        switch limit {
        case .count(let count): String(count)
        case .percent(let percent): "\(Int(exactly: percent).map { String($0) } ?? String(percent))%"
        }
    }
}

extension KeyTemplate {
    /// As it stands on a command line, with `{prefix}` filled in.
    var text: [UInt8] { key { "{\($0)}" } }
}

extension PointerKey {
    var text: [UInt8] { template.text + Array((field.map { "=hash:\($0)" } ?? "").utf8) }
}
