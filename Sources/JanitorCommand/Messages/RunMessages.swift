import Glibc
import RedisClient
import SessionJanitor

extension CleanupError {
    /// What failed, why, and what to do next, in one line.
    @MessageBuilder func message(_ options: Options) -> Message {
        let address = Message("\(options.endpoint.description)")
        switch self {
        case .redis(let error): CleanupError.hiding(options.endpoint.secrets, in: error).message(address)
        case .lock(let error): error.message(address)
        case .backup(let error): error.message
        case .plan(let error): error.message
        case .ambiguousKey(let key, let first, let second):
            "ambiguous_key"
            "key \(key: key) is of two kinds, by \(quoted: first) and by \(quoted: second); nothing was removed; give their "
                + "variables patterns that differ"
            "键 \(key: key) 同时匹配 \(quoted: first) 和 \(quoted: second)；未移除任何内容；请为变量给出不同的模式"
        case .idleTimesUnknown(let policy):
            "idle_times_unknown"
            "--max-idle cannot be judged: with maxmemory-policy \(policy) the server does not know when a key was used, and "
                + "this layout has no last-access date"
            "无法判断 --max-idle：maxmemory-policy 为 \(policy) 时服务器不记录键的使用时间，且此布局没有最近访问日期"
        case .ambiguousSession(let id, let count):
            "ambiguous_session"
            "\(count, "session") of the user \(count, one: "begins", many: "begin") with \(id: id); give more of the id"
            "该用户有 \(count) 个会话的ID以 \(id: id) 开头；请给出更多字符"
        case .unknownSession(let id):
            "unknown_session"
            "no session of the user begins with \(id: id); nothing was removed"
            "该用户没有ID以 \(id: id) 开头的会话；未移除任何内容"
        case .idleTimesLost:
            "idle_times_unknown"
            "--max-idle cannot be judged: this layout tells sessions by what they hold, and reading a key counts as use on this "
                + "server; it takes Redis 7.2 and the right to CLIENT NO-TOUCH"
            "无法判断 --max-idle：此布局须读取键的内容才能识别会话，而在此服务器上读取即算作使用；需要 Redis 7.2 及 CLIENT NO-TOUCH 权限"
        case .other(let text):
            "other"
            Message("\(text)")
        }
    }

    /// For any command: a proxy may authenticate late, and repeat the credentials in its error.
    private static func hiding(_ secrets: [String], in error: RedisError) -> RedisError {
        switch error {
        case .server(let command, let code, let message):
            .server(command: command, code: code, message: secrets.reduce(message) { $0.replacing($1, with: "***") })
        case .node(let node, let error): .node(address: node, hiding(secrets, in: error))
        case .unreachable(let node, let error): .unreachable(node: node, hiding(secrets, in: error))
        default: error
        }
    }
}

extension LockError {
    @MessageBuilder fileprivate func message(_ address: Message) -> Message {
        switch self {
        case .held(let holder):
            let name = LockError.name(holder)
            "locked"
            "another run is cleaning \(address): \(name); wait for it (a run that was killed blocks for at most a minute)"
            "另一个清理正在处理 \(address)：\(name)；请等待其结束（被强行终止的运行最多阻塞一分钟）"
        case .lost(let holder):
            let name = LockError.name(holder)
            "lock_lost"
            "this run was held up so long that it lost its lock on \(address) to \(name), so it stopped; run again"
            "本次运行停顿过久，\(address) 的锁已归 \(name)，因此停止；请再运行一次"
        }
    }

    private static func name(_ holder: LockHolder?) -> Message {
        guard let holder else { return Message("an unknown holder", zh: "未知的持有者") }
        let pid = String(holder.pid)
        return Message(
            "process \(pid) on \(holder.host), since \(holder.since)",
            zh: "主机 \(holder.host) 上的进程 \(pid)，自 \(holder.since) 起")
    }
}

extension BackupError {
    @MessageBuilder var message: Message {
        switch self {
        case .exists(let path):
            "backup_exists"
            "the backup \(path) exists already and is not overwritten; name another file"
            "备份文件 \(path) 已存在，不会覆盖；请指定另一个文件"
        case .cannotCreate(let path, let reason):
            "backup_not_written"
            "the backup \(path) cannot be created: \(reason); nothing was removed"
            "无法创建备份文件 \(path)：\(reason)；未移除任何内容"
        case .cannotWrite(let path, let reason):
            "backup_not_written"
            "the backup \(path) cannot be written: \(reason); the run stopped before the removal that was not covered; make "
                + "room and run again with another file"
            "无法写入备份文件 \(path)：\(reason)；运行已在未备份的移除之前停止；请腾出空间后用另一个文件再运行"
        case .cannotRead(let path, let reason):
            "backup_not_read"
            "the backup \(path) cannot be read: \(reason)"
            "无法读取备份文件 \(path)：\(reason)"
        case .notABackup(let path):
            "not_a_backup"
            "\(path) is not a backup of session-janitor, or its first line is damaged"
            "\(path) 不是 session-janitor 的备份，或其首行已损坏"
        case .unknownVersion(let path, let version):
            "backup_version"
            "\(path) is a backup of version \(version), which this session-janitor does not know; use the one that wrote it"
            "\(path) 是版本 \(version) 的备份，此版本无法识别；请使用写入它的版本"
        case .madeElsewhere(let path, let server, let database):
            "refused"
            "refused: the backup \(path) was made on \(server), database \(database); --into-other-server restores it here "
                + "all the same"
            "已拒绝：备份 \(path) 来自 \(server) 的数据库 \(database)；如确需恢复到此处，请用 --into-other-server"
        }
    }
}

extension PlanError {
    @MessageBuilder fileprivate var message: Message {
        switch self {
        case .cannotWrite(let path, let reason):
            "plan_not_written"
            "the plan \(path) cannot be written: \(reason)"
            "无法写入计划文件 \(path)：\(reason)"
        case .notAPlan(let path):
            "not_a_plan"
            "\(path) is not a plan of session-janitor, or its first line was changed; --dry-run --plan FILE writes one"
            "\(path) 不是 session-janitor 的计划文件，或其首行已被改动；可用 --dry-run --plan FILE 生成"
        case .unknownVersion(let path, let version):
            "plan_version"
            "\(path) is a plan of version \(version), which this session-janitor does not know; use the one that wrote it"
            "\(path) 是版本 \(version) 的计划文件，此版本无法识别；请使用写入它的版本"
        case .badLine(let path, let line):
            "refused"
            "refused, nothing was removed: line \(line) of \(path) is damaged or names no key of the plan's layout; delete that "
                + "line, or write the plan again"
            "已拒绝，未移除任何内容：\(path) 的第 \(line) 行已损坏，或所指的键不属于该计划的布局；请删除该行，或重新生成计划"
        case .madeElsewhere(let path, let server, let database):
            "refused"
            "refused, nothing was removed: the plan \(path) was made on \(server), database \(database); write a plan of this "
                + "server"
            "已拒绝，未移除任何内容：计划 \(path) 来自 \(server) 的数据库 \(database)；请为此服务器重新生成计划"
        }
    }
}

extension RunStop {
    @MessageBuilder var message: Message {
        switch self {
        case .signal(let number):
            let name = [SIGINT: "SIGINT", SIGHUP: "SIGHUP"][number] ?? "SIGTERM"
            "stopped by \(name) after the current batch"
            "收到 \(name)，在当前批次完成后停止"
        case .timeIsUp:
            "stopped after the current batch: the time of --run-time is up"
            "--run-time 的时间已到，在当前批次完成后停止"
        }
    }

    /// With what a stopped run has left; `left` is nil if it had not checked everything.
    func message(_ left: LeftOver?) -> Message {
        guard let left else {
            return Message(
                "\(message); not everything was looked at, and nothing was removed; run again",
                zh: "\(message)；尚未检查完毕，未移除任何内容；请再运行一次")
        }
        let own = left.entriesOfRemovedSessions
        let note = Message(
            if: own > 0, " (\(own) of the entries are of sessions that this run removed)",
            zh: "（其中 \(own) 条记录的会话由本次运行移除）")
        var parts = [Message("\(left.entries, "orphaned entry", "orphaned entries")", zh: "\(left.entries) 条孤儿记录")]
        for (count, noun, chinese) in [
            (left.sessions, "expired session", "过期会话"), (left.dependents, "other key", "其他键"),
            (left.ttls, "missing TTL", "待设置的 TTL"),
        ] where count > 0 {
            parts.append(Message("\(count, noun)", zh: "\(count) 个\(chinese)"))
        }
        let what = Message.list(parts)
        return Message(
            "\(message); left: \(what)\(note), for the next run", zh: "\(message)；还剩 \(what)\(note)，留待下次运行")
    }
}
