import SessionJanitor

/// Says in words what an administrator should know beside the numbers.
enum WarningMessage {
    static func text(_ warning: CleanupWarning, _ language: Language = .english) -> String {
        message(warning)[language]
    }

    static func message(_ warning: CleanupWarning) -> Message {
        switch warning {
        case .wouldBeRefused(let refusal):
            Message(
                "a real run would be refused: \(RefusalMessage.text(refusal))",
                zh: "真正执行时会被拒绝：\(RefusalMessage.text(refusal, .chinese))")
        case .unreadableIndexKeys(let keys):
            Message(
                "\(NumberText.counted(keys.count, "index key")) cannot hold session ids and "
                    + "\(keys.count == 1 ? "was" : "were") left alone: \(names(keys))",
                zh: "\(NumberText.grouped(keys.count)) 个索引键的类型无法存放会话ID，未作处理：\(names(keys))")
        case .retypedEntries(let count):
            Message(
                "\(NumberText.counted(count, "entry", "entries")) stayed: the index key became another type meanwhile; "
                    + "run again",
                zh: "\(NumberText.grouped(count)) 条记录被保留：索引键的类型在此期间改变；请再运行一次")
        case .undatedSessions(let count):
            Message(
                "\(NumberText.counted(count, "session")) without a usable date \(count == 1 ? "was" : "were") kept",
                zh: "\(NumberText.grouped(count)) 个会话没有可用的日期，已保留")
        case .misdatedSessions(let count, let all):
            Message(
                "\(NumberText.counted(all, "session")) without a usable date \(all == 1 ? "was" : "were") kept; the dates of "
                    + "\(NumberText.grouped(count)) lie outside the years 2000 to 2200: does the layout take seconds for "
                    + "milliseconds, or milliseconds for seconds?",
                zh: "\(NumberText.grouped(all)) 个会话没有可用的日期，已保留；其中 \(NumberText.grouped(count)) 个的日期不在 2000 至 2200 "
                    + "年之间：布局是否混淆了秒与毫秒？")
        case .unreadableSessions(let count):
            Message(
                "\(NumberText.counted(count, "session")) that \(count == 1 ? "is" : "are") not a JSON object in a string "
                    + "\(count == 1 ? "was" : "were") kept",
                zh: "\(NumberText.grouped(count)) 个会话不是字符串类型的 JSON 对象，已保留")
        case .changedSessions(let count):
            Message(
                "\(NumberText.counted(count, "expired session")) changed during the run and \(count == 1 ? "was" : "were") "
                    + "kept",
                zh: "\(NumberText.grouped(count)) 个过期会话在运行期间被修改，已保留")
        case .idleTimesReset:
            Message(
                "reading sessions counts as use on this server, so runs more often than --max-idle find no idle ones; "
                    + "from Redis 7.2 a user with the right to CLIENT NO-TOUCH leaves no trace",
                zh: "在此服务器上读取会话即算作使用，因此运行间隔短于 --max-idle 时找不到闲置会话；"
                    + "Redis 7.2 起，有 CLIENT NO-TOUCH 权限的用户读取时不留痕迹")
        case .uncertainRemovals(let count):
            Message(
                "\(NumberText.counted(count, "removal")) \(count == 1 ? "was" : "were") under way when the connection failed: "
                    + "carried out or not, not counted; run again",
                zh: "连接中断时有 \(NumberText.grouped(count)) 项移除正在进行，是否完成未知，未计入统计；请再运行一次")
        case .ttlsLeftOut(let count):
            Message(
                "\(NumberText.counted(count, "key")) got no TTL: the server's clock was set meanwhile, or the run was too "
                    + "slow for so short a TTL; run again",
                zh: "\(NumberText.grouped(count)) 个键没有设置 TTL：服务器时钟在此期间被调整，或 TTL 过短而运行过慢；请再运行一次")
        case .unlocked: unlocked
        case .timeIsUp(let left): StopMessage.text(.timeIsUp, left)
        case .unverifiedServer:
            Message(
                "the server's certificate was not checked (--insecure): somebody in between can read and change all of it",
                zh: "未检查服务器证书（--insecure）：中间人可以读取并篡改全部内容")
        case .exposedPasswordFile(let path):
            Message(
                "the password file \(Printable.quoted(path)) can be read by others than its owner: chmod 600 mends that",
                zh: "密码文件 \(Printable.quoted(path)) 可被所有者以外的人读取：请执行 chmod 600")
        case .unstableSlots(let count):
            Message(
                "\(NumberText.counted(count, "slot")) of the cluster \(count == 1 ? "has" : "have") no node or "
                    + "\(count == 1 ? "was" : "were") being moved: sessions and index keys in "
                    + "\(count == 1 ? "it" : "them") may have been missed; run again (redis-cli --cluster check)",
                zh: "集群有 \(NumberText.grouped(count)) 个槽没有节点或正在迁移，其中的会话和索引键可能被遗漏；请再运行一次（redis-cli --cluster check）")
        case .unreachable(let part): unreachable(part)
        case .foreignNames(let count):
            Message(
                "\(NumberText.counted(count, "entry, pointer or companion", "entries, pointers and companions")) cannot name "
                    + "a session, by the patterns of --session-key and --member, and \(count == 1 ? "was" : "were") kept",
                zh: "有 \(NumberText.grouped(count)) 条记录、指针或伴随键不符合 --session-key 和 --member 的模式，不可能是会话ID，已保留")
        case .unprovenPresence(let count):
            Message(
                "\(NumberText.counted(count, "presence key")) \(count == 1 ? "was" : "were") kept: the server cannot tell when a "
                    + "key was used, by its maxmemory-policy, for want of the right to INFO, or as its clock stood still",
                zh: "\(NumberText.grouped(count)) 个状态键被保留：由于 maxmemory-policy、缺少 INFO 权限或时钟停滞，服务器无法得知键的使用时间")
        case .unpublished(let count, let reason):
            Message(
                "\(NumberText.counted(count, "removal")) \(count == 1 ? "was" : "were") carried out and not published: "
                    + (reason.map { Printable.text($0) } ?? "the connection failed")
                    + (lacksRight(reason) ? "; give the user the right to PUBLISH, and to the channel" : ""),
                zh: "\(NumberText.grouped(count)) 项移除已完成但未发布："
                    + (reason.map { Printable.text($0) } ?? "连接中断")
                    + (lacksRight(reason) ? "；请授予用户 PUBLISH 命令及该频道的权限" : ""))
        case .nothingMatches(let layout, let others): nothingMatches(layout, others)
        }
    }

    static let unlocked = Message(
        "no lock was taken, as the server's memory is full; another run may have worked on the same",
        zh: "服务器内存已满，未能加锁；可能有另一个清理同时进行")

    private static func unreachable(_ part: Unreachable) -> Message {
        let nodes = part.nodes.sorted().map { Printable.text($0) }.joined(separator: ", ")
        let (unread, kept) = (part.indexKeys, part.items)
        let said = [
            unread == 0
                ? nil
                : Message(
                    "\(NumberText.counted(unread, "index key")) \(unread == 1 ? "was" : "were") not read",
                    zh: "\(NumberText.grouped(unread)) 个索引键未能读取"),
            kept == 0
                ? nil
                : Message(
                    "\(NumberText.counted(kept, "entry or session", "entries and sessions")) stayed",
                    zh: "\(NumberText.grouped(kept)) 条记录或会话被保留"),
        ].compactMap { $0 }
        return Message(
            "a part of the cluster was out of reach, "
                + (nodes.isEmpty ? "as its slots stayed on their way or had no node: " : "as \(nodes) was lost: ")
                + said.map(\.english).joined(separator: " and ") + "; run again (redis-cli --cluster check)",
            zh: "集群有一部分无法访问（\(nodes.isEmpty ? "槽仍在迁移或没有节点" : "\(nodes) 已失联")）："
                + said.map(\.chinese).joined(separator: "，") + "；请再运行一次（redis-cli --cluster check）")
    }

    private static func nothingMatches(_ layout: Layout, _ others: Int?) -> Message {
        let detect = Message(
            " session-janitor layouts --detect names the layout that fits",
            zh: "session-janitor layouts --detect 可找出合适的布局")
        return Message(
            "no key matches \(patterns(layout, " or "))"
                + (others.map { $0 == 0 ? "" : ", and there are \(NumberText.counted($0, "other key"))" } ?? "")
                + ": is it the right database and --prefix?" + (others == 0 ? "" : detect.english),
            zh: "没有键匹配 \(patterns(layout, " 或 "))"
                + (others.map { $0 == 0 ? "" : "，但另有 \(NumberText.grouped($0)) 个键" } ?? "")
                + "：数据库和 --prefix 是否正确？" + (others == 0 ? "" : detect.chinese))
    }

    private static func lacksRight(_ reason: String?) -> Bool { reason?.hasPrefix("NOPERM") == true }

    private static func patterns(_ layout: Layout, _ separator: String) -> String {
        (layout.sessionKeys + layout.indexKeys.map(\.template)).map { Printable.text($0.key { _ in "*" }) }
            .joined(separator: separator)
    }

    private static func names(_ keys: UnreadableIndexKeys) -> String {
        let named = keys.examples.map { "\(Printable.key($0.key)) (\(Printable.text($0.type)))" }
        let more = keys.count - keys.examples.count
        return named.joined(separator: ", ") + (more > 0 ? " and \(NumberText.grouped(more)) more" : "")
    }
}
