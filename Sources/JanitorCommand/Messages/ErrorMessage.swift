import RedisClient
import SessionJanitor

/// Says in one line what failed, why, and what to do next.
enum ErrorMessage {
    /// In English, unless told otherwise: what scripts read is the same everywhere.
    static func text(_ error: CleanupError, _ options: Options, _ language: Language = .english) -> String {
        let address = Printable.text(options.endpoint.description)
        return switch error {
        case .redis(let error): message(hiding(options.endpoint.secrets, in: error), address)[language]
        case .lock(let error): message(error, address)[language]
        case .backup(let error): BackupMessage.message(error)[language]
        case .ambiguousKey(let key, let first, let second):
            Message(
                "key \(Printable.key(key)) is of two kinds, by \(Printable.quoted(first)) and by "
                    + "\(Printable.quoted(second)); nothing was removed; give their variables patterns that differ",
                zh: "键 \(Printable.key(key)) 同时匹配 \(Printable.quoted(first)) 和 \(Printable.quoted(second))；"
                    + "未移除任何内容；请为变量给出不同的模式")[language]
        case .idleTimesUnknown(let policy):
            Message(
                "--max-idle cannot be judged: with maxmemory-policy \(Printable.text(policy)) the server does not know "
                    + "when a key was used, and this layout has no last-access date",
                zh: "无法判断 --max-idle：maxmemory-policy 为 \(Printable.text(policy)) 时服务器不记录键的使用时间，"
                    + "且此布局没有最近访问日期")[language]
        case .other(let text): Printable.text(text)
        }
    }

    static func text(_ error: RedisError, _ options: Options) -> String {
        text(.redis(error), options)
    }

    /// Whatever command is answered: a proxy may sign in only then, and repeat what it was given for that.
    private static func hiding(_ secrets: [String], in error: RedisError) -> RedisError {
        switch error {
        case .server(let command, let code, let message):
            .server(command: command, code: code, message: secrets.reduce(message) { $0.replacing($1, with: "***") })
        case .node(let node, let error): .node(address: node, hiding(secrets, in: error))
        case .unreachable(let node, let error): .unreachable(node: node, hiding(secrets, in: error))
        default: error
        }
    }

    private static func message(_ error: LockError, _ address: String) -> Message {
        switch error {
        case .held(let holder):
            let name = name(holder)
            return Message(
                "another run is cleaning \(address): \(name.english); wait for it (a run that was killed blocks for at "
                    + "most a minute)",
                zh: "另一个清理正在处理 \(address)：\(name.chinese)；请等待其结束（被强行终止的运行最多阻塞一分钟）")
        case .lost(let holder):
            let name = name(holder)
            return Message(
                "this run was held up so long that it lost its lock on \(address) to \(name.english), and so it "
                    + "stopped; run again",
                zh: "本次运行停顿过久，\(address) 的锁已归 \(name.chinese)，因此停止；请再运行一次")
        }
    }

    private static func name(_ holder: LockHolder?) -> Message {
        guard let holder else { return Message("a holder that is not known", zh: "未知的持有者") }
        let host = Printable.text(holder.host)
        let since = Printable.text(holder.since)
        return Message(
            "process \(holder.pid) on \(host), since \(since)", zh: "主机 \(host) 上的进程 \(holder.pid)，自 \(since) 起")
    }

    private static func message(_ error: RedisError, _ address: String) -> Message {
        switch error {
        case .cannotConnect(let reason):
            Message(
                "cannot connect to \(address): \(Printable.text(reason)); is the server running, and is the "
                    + "address right (--url, REDIS_URL)?",
                zh: "无法连接 \(address)：\(Printable.text(reason))；服务器是否在运行，地址是否正确（--url、REDIS_URL）？")
        case .timedOut(let command, let seconds):
            Message(
                "\(address) did not answer \(command.rawValue) within \(NumberText.seconds(seconds)); is the "
                    + "server busy or hanging? A longer --timeout waits longer",
                zh: "\(address) 在 \(NumberText.seconds(seconds)) 内没有回应 \(command.rawValue)；服务器是否繁忙或无响应？"
                    + "可用更长的 --timeout")
        case .connectionLost(.ping, let reason) where address.hasPrefix("redis://"),
            .connectionLost(.auth, let reason) where address.hasPrefix("redis://"):
            Message(
                "\(address) ended the connection at the first word: \(Printable.text(reason)); a server that speaks TLS "
                    + "wants rediss://, else see its log",
                zh: "\(address) 在首个命令时就断开了连接：\(Printable.text(reason))；使用 TLS 的服务器须用 rediss://，"
                    + "否则请查看其日志")
        case .connectionLost(let command, let reason):
            Message(
                "the connection to \(address) was lost during \(command.rawValue): \(Printable.text(reason)); "
                    + "run again once the server is back",
                zh: "执行 \(command.rawValue) 时与 \(address) 的连接中断：\(Printable.text(reason))；服务器恢复后请再运行一次")
        case .serverRestarted:
            Message(
                "\(address) was restarted during the run; run again", zh: "\(address) 在运行期间重启；请再运行一次")
        case .notRedis(let reason):
            Message(
                "\(address) does not speak Redis's protocol (\(Printable.text(reason))); is it the right port?",
                zh: "\(address) 使用的不是 Redis 协议（\(Printable.text(reason))）；端口是否正确？")
        case .unexpectedReply(let command, let expected):
            Message(
                "\(address) answered \(command.rawValue) with something else than \(expected); is it a Redis server "
                    + "that is supported, without a proxy in between?",
                zh: "\(address) 对 \(command.rawValue) 的回应不合格式（应为 \(expected)）；是否为受支持的 Redis，中间没有代理？")
        case .refusedOnReadOnlyConnection(let command):
            Message(
                "\(command.rawValue) was not sent: this run only reads; please report this as a bug",
                zh: "\(command.rawValue) 未发送：本次运行只读；请将此作为缺陷报告")
        case .unsupportedServer(let mode):
            Message(
                "\(address) is a Redis in \(Printable.text(mode)) mode, which this version cannot clean; use a "
                    + "standalone server",
                zh: "\(address) 是 \(Printable.text(mode)) 模式的 Redis，此版本无法清理；请使用单机服务器")
        case .tls(let error): TLSMessage.message(error, address)
        case .sentinel(let error): SentinelMessage.message(error, address)
        case .notPrimary(let role):
            Message(
                "the server that the sentinels of \(address) name is no primary but a \(Printable.text(role)); run again "
                    + "once the fail-over is done",
                zh: "\(address) 的哨兵给出的服务器不是主节点，而是 \(Printable.text(role))；故障转移完成后请再运行一次")
        case .failedOver:
            Message(
                "\(address) has another primary since the run began, or the same was restarted; run again",
                zh: "\(address) 在运行期间更换了主节点，或主节点重启；请再运行一次")
        case .primaryReplaced(let old, let new?):
            Message(
                "\(address): a fail-over happened during the run: what is reported as removed went to the old primary at "
                    + "\(Printable.text(old)); the new primary at \(Printable.text(new)) may not have all of it; run again",
                zh: "\(address)：运行期间发生了故障转移：报告中移除的内容作用于旧主节点 \(Printable.text(old))；"
                    + "新主节点 \(Printable.text(new)) 可能并未全部移除；请再运行一次")
        case .primaryReplaced(let old, nil):
            Message(
                "\(address): the server at \(Printable.text(old)) is no longer known to be the primary, or no sentinel could "
                    + "be asked: another primary may not have what is reported as removed; run again",
                zh: "\(address)：无法确认 \(Printable.text(old)) 仍是主节点，或无法询问任何哨兵："
                    + "报告中移除的内容在其他主节点上可能仍在；请再运行一次")
        case .server(let command, let code, let message):
            refusal(address, command, code, message)
        case .replica(let error): ReplicaMessage.message(error, address)
        case .node(let node, let error), .unreachable(let node?, let error):
            message(error, "\(Printable.text(node)) (\(address))")
        case .unreachable(nil, let error): message(error, address)
        }
    }

    private static func refusal(
        _ address: String, _ command: RedisCommand, _ code: String, _ message: String
    ) -> Message {
        let said = Printable.text(harmless(message, to: command))
        let advice = advice(command, code, message)
        return Message(
            "\(address) answered \(command.rawValue) with '\(said)'; \(advice.english)",
            zh: "\(address) 对 \(command.rawValue) 回应 '\(said)'；\(advice.chinese)")
    }

    /// A server repeats the arguments of a command that it does not know: a password, a session id.
    private static func harmless(_ message: String, to command: RedisCommand) -> Substring {
        let end = message.firstRange(of: ", with args beginning with")?.lowerBound ?? message.endIndex
        // Whatever else a proxy may say of a password.
        return command == .auth && !message.hasPrefix("WRONGPASS") && !message.hasPrefix("NOAUTH")
            && !message.hasPrefix("ERR AUTH") && !message.hasPrefix("ERR invalid password")
            ? message[..<end].prefix { $0 != "'" } : message[..<end]
    }

    /// A short word for scripts.
    static func code(_ error: CleanupError) -> String {
        switch error {
        case .redis(let error): code(error)
        case .lock(.held): "locked"
        case .lock(.lost): "lock_lost"
        case .backup(let error): BackupMessage.code(error)
        case .ambiguousKey: "ambiguous_key"
        case .idleTimesUnknown: "idle_times_unknown"
        case .other: "other"
        }
    }

    static func code(_ error: RedisError) -> String {
        switch error {
        case .cannotConnect: "cannot_connect"
        case .timedOut: "timed_out"
        case .connectionLost: "connection_lost"
        case .serverRestarted: "server_restarted"
        case .notRedis: "not_redis"
        case .unexpectedReply: "unexpected_reply"
        case .refusedOnReadOnlyConnection: "write_refused"
        case .unsupportedServer: "unsupported_server"
        case .tls(let error): TLSMessage.code(error)
        case .sentinel(.unreachable): "sentinels_unreachable"
        case .sentinel(.unknownService): "unknown_service"
        case .notPrimary: "not_primary"
        case .failedOver, .primaryReplaced: "failed_over"
        case .server(_, let code, _): code
        case .replica(.none): "no_replica"
        case .replica(.lagging), .replica(.silent): "replica_lagging"
        case .replica: "replica_unfit"
        case .node(_, let error), .unreachable(_, let error): code(error)
        }
    }

    private static func advice(_ command: RedisCommand, _ code: String, _ message: String) -> Message {
        switch code {
        case "NOAUTH":
            Message(
                "it wants a password: put it into a file for --password-file (REDIS_PASSWORD_FILE), or into REDIS_URL",
                zh: "服务器要求密码：请写入 --password-file（REDIS_PASSWORD_FILE）所指的文件，或写入 REDIS_URL")
        case "WRONGPASS": Message("the user or the password is wrong", zh: "用户名或密码错误")
        case "NOPERM" where command == .set:
            Message(
                "give the user the right to write the lock, or use --no-lock", zh: "请授予写入锁的权限，或使用 --no-lock")
        case "NOPERM": Message("give the user the right to it (ACL SETUSER)", zh: "请授予该用户相应权限（ACL SETUSER）")
        case "LOADING": Message("it is still loading its data; run again later", zh: "服务器仍在加载数据；请稍后再运行")
        case "MASTERDOWN":
            Message(
                "it is a replica that has lost its primary; use the primary", zh: "这是与主节点失去联系的副本；请使用主节点")
        case "READONLY": Message("it is a replica; use the primary", zh: "这是副本；请使用主节点")
        case "CLUSTERDOWN":
            Message(
                "the cluster has slots without a node, or the node is cut off from the others; mend that first "
                    + "(redis-cli --cluster check)",
                zh: "集群有槽没有节点负责，或该节点与其他节点失联；请先修复（redis-cli --cluster check）")
        case "TRYAGAIN", "MOVED", "ASK":
            Message(
                "its slots are being moved; run again once that is done", zh: "槽正在迁移；请在迁移完成后再运行一次")
        case "ERR" where message.contains("not allowed in cluster mode"):
            Message(
                "a cluster has database 0 alone; leave the number out of the URL or REDIS_DB",
                zh: "集群只有 0 号数据库；请去掉 URL 中的编号或 REDIS_DB")
        case "OOM":
            Message(
                "its memory is full; raise maxmemory, or remove something by hand first",
                zh: "服务器内存已满；请调高 maxmemory，或先手动删除一些数据")
        case RedisError.late:
            Message(
                "it was too busy, or its clock was set; nothing was changed by this; run again, or with a longer --timeout",
                zh: "服务器过于繁忙，或其时钟被调整；该操作未作任何更改；请再运行一次，或使用更长的 --timeout")
        case "MISCONF":
            Message(
                "it cannot save its data and refuses writes; mend that first (disk space, rights)",
                zh: "服务器无法保存数据而拒绝写入；请先解决（磁盘空间、权限）")
        case "BUSY":
            Message(
                "a script keeps it busy; wait for it, or end it with SCRIPT KILL",
                zh: "有脚本正占用服务器；请等待，或用 SCRIPT KILL 终止")
        case "ERR" where message.contains("DB index is out of range"):
            Message(
                "it has fewer databases; mend the number at the end of the URL or REDIS_DB",
                zh: "服务器没有这么多数据库；请改正 URL 末尾的编号或 REDIS_DB")
        case "ERR"
        where message.contains("without any password configured") || message.contains("no password is set"):
            Message("it has no password; leave the password out", zh: "服务器没有设置密码；请去掉密码")
        case "ERR" where message.contains("invalid password"): Message("the password is wrong", zh: "密码错误")
        case "ERR" where message.contains("unknown command"):
            Message(
                "the command is disabled or renamed there, or the server is too old",
                zh: "该命令被禁用或改名，或服务器版本过旧")
        default:
            Message(
                "the server's log may say more; mend the cause and run again",
                zh: "服务器日志中可能有更多说明；请排除原因后再运行一次")
        }
    }
}
