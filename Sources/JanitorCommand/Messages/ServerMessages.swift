import RedisClient

// What failed between us and a server, why, and what to do next, in one line. `address` is the server's.

extension RedisError {
    @MessageBuilder func message(_ address: Message) -> Message {
        switch self {
        case .cannotConnect(let reason):
            "cannot_connect"
            "cannot connect to \(address): \(reason); is the server running, and is the address right (--url, REDIS_URL)?"
            "无法连接 \(address)：\(reason)；服务器是否在运行，地址是否正确（--url、REDIS_URL）？"
        case .timedOut(let command, let seconds):
            "timed_out"
            "\(address) did not answer \(command) within \(seconds: seconds); is the server busy or hanging? "
                + "A longer --timeout waits longer"
            "\(address) 在 \(seconds: seconds) 内没有回应 \(command)；服务器是否繁忙或无响应？可用更长的 --timeout"
        case .connectionLost(.ping, let reason) where address.english.hasPrefix("redis://"),
            .connectionLost(.auth, let reason) where address.english.hasPrefix("redis://"):
            "connection_lost"
            "\(address) ended the connection at the first word: \(reason); a server that speaks TLS needs rediss://, "
                + "otherwise see its log"
            "\(address) 在首个命令时就断开了连接：\(reason)；使用 TLS 的服务器须用 rediss://，否则请查看其日志"
        case .connectionLost(let command, let reason):
            "connection_lost"
            "the connection to \(address) was lost during \(command): \(reason); run again once the server is back"
            "执行 \(command) 时与 \(address) 的连接中断：\(reason)；服务器恢复后请再运行一次"
        case .serverRestarted:
            "server_restarted"
            "\(address) was restarted during the run; run again"
            "\(address) 在运行期间重启；请再运行一次"
        case .notRedis(let reason):
            "not_redis"
            "\(address) does not speak Redis's protocol (\(reason)); is it the right port?"
            "\(address) 使用的不是 Redis 协议（\(reason)）；端口是否正确？"
        case .unexpectedReply(let command, let expected):
            "unexpected_reply"
            "\(address) answered \(command) with something other than \(expected); is it a supported Redis "
                + "server, without a proxy in between?"
            "\(address) 对 \(command) 的回应不合格式（应为 \(expected)）；是否为受支持的 Redis，中间没有代理？"
        case .refusedOnReadOnlyConnection(let command):
            "write_refused"
            "\(command) was not sent: this run only reads; please report this as a bug"
            "\(command) 未发送：本次运行只读；请将此作为缺陷报告"
        case .unsupportedServer(let mode):
            "unsupported_server"
            "\(address) is a Redis in \(mode) mode, which this version cannot clean; use a standalone server"
            "\(address) 是 \(mode) 模式的 Redis，此版本无法清理；请使用单机服务器"
        case .tls(let error): error.message(address)
        case .sentinel(let error): error.message(address)
        case .notPrimary(let role):
            "not_primary"
            "the server that the sentinels of \(address) name is not a primary but a \(role); run again once the fail-over "
                + "is done"
            "\(address) 的哨兵给出的服务器不是主节点，而是 \(role)；故障转移完成后请再运行一次"
        case .failedOver:
            "failed_over"
            "\(address) has another primary since the run began, or the same one was restarted; run again"
            "\(address) 在运行期间更换了主节点，或主节点重启；请再运行一次"
        case .primaryReplaced(let old, let new?):
            "failed_over"
            "\(address): a fail-over happened during the run: what is reported as removed was removed on the old primary at "
                + "\(old); the new primary at \(new) may still have some of it; run again"
            "\(address)：运行期间发生了故障转移：报告中移除的内容作用于旧主节点 \(old)；新主节点 \(new) 可能并未全部移除；请再运行一次"
        case .primaryReplaced(let old, nil):
            "failed_over"
            "\(address): the server at \(old) is no longer known to be the primary, or no sentinel could be asked: another "
                + "primary may still have what is reported as removed; run again"
            "\(address)：无法确认 \(old) 仍是主节点，或无法询问任何哨兵：报告中移除的内容在其他主节点上可能仍在；请再运行一次"
        case .server(let command, let code, let message):
            let said = RedisError.harmless(message, to: command)
            let advice = RedisError.advice(command, code, message)
            "\(code)"
            "\(address) answered \(command) with '\(said)'; \(advice)"
            "\(address) 对 \(command) 回应 '\(said)'；\(advice)"
        case .replica(let error): error.message(address)
        case .node(let node, let error), .unreachable(let node?, let error):
            error.message(Message("\(node) (\(address))"))
        case .unreachable(nil, let error): error.message(address)
        }
    }

    /// The word for scripts.
    var code: String { message(Message("")).code }

    /// A server repeats the arguments of a command that it does not know: a password, a session id.
    private static func harmless(_ message: String, to command: RedisCommand) -> Substring {
        let text = message[..<(message.firstRange(of: ", with args beginning with")?.lowerBound ?? message.endIndex)]
        let known = ["WRONGPASS", "NOAUTH", "ERR AUTH", "ERR invalid password"]
        // A proxy's own error may quote the password.
        return command == .auth && !known.contains(where: message.hasPrefix) ? text.prefix { $0 != "'" } : text
    }

    @MessageBuilder
    private static func advice(_ command: RedisCommand, _ code: String, _ message: String) -> Message {
        switch code {
        case "NOAUTH":
            "it requires a password: put it into a file for --password-file (REDIS_PASSWORD_FILE), or into REDIS_URL"
            "服务器要求密码：请写入 --password-file（REDIS_PASSWORD_FILE）所指的文件，或写入 REDIS_URL"
        case "WRONGPASS": Message("the user or the password is wrong", zh: "用户名或密码错误")
        case "NOPERM" where command == .set:
            "give the user the right to write the lock, or use --no-lock"
            "请授予写入锁的权限，或使用 --no-lock"
        case "NOPERM": Message("give the user the right to it (ACL SETUSER)", zh: "请授予该用户相应权限（ACL SETUSER）")
        case "LOADING": Message("it is still loading its data; run again later", zh: "服务器仍在加载数据；请稍后再运行")
        case "MASTERDOWN":
            "it is a replica that has lost its primary; use the primary"
            "这是与主节点失去联系的副本；请使用主节点"
        case "READONLY": Message("it is a replica; use the primary", zh: "这是副本；请使用主节点")
        case "CLUSTERDOWN":
            "the cluster has slots without a node, or the node is cut off from the others; fix that first (redis-cli "
                + "--cluster check)"
            "集群有槽没有节点负责，或该节点与其他节点失联；请先修复（redis-cli --cluster check）"
        case "TRYAGAIN", "MOVED", "ASK":
            "its slots are migrating; run again when that is done"
            "槽正在迁移；请在迁移完成后再运行一次"
        case "ERR" where message.contains("not allowed in cluster mode"):
            "a cluster has only database 0; leave the number out of the URL or REDIS_DB"
            "集群只有 0 号数据库；请去掉 URL 中的编号或 REDIS_DB"
        case "OOM":
            "its memory is full; raise maxmemory, or remove something by hand first"
            "服务器内存已满；请调高 maxmemory，或先手动删除一些数据"
        case RedisError.late:
            "it was too busy, or its clock was set; nothing was changed by this; run again, or with a longer --timeout"
            "服务器过于繁忙，或其时钟被调整；该操作未作任何更改；请再运行一次，或使用更长的 --timeout"
        case "MISCONF":
            "it cannot save its data and refuses writes; fix that first (disk space, rights)"
            "服务器无法保存数据而拒绝写入；请先解决（磁盘空间、权限）"
        case "BUSY":
            "a script keeps it busy; wait for it, or end it with SCRIPT KILL"
            "有脚本正占用服务器；请等待，或用 SCRIPT KILL 终止"
        case "ERR" where message.contains("DB index is out of range"):
            "it has fewer databases; correct the number at the end of the URL or REDIS_DB"
            "服务器没有这么多数据库；请改正 URL 末尾的编号或 REDIS_DB"
        case "ERR"
        where message.contains("without any password configured") || message.contains("no password is set"):
            "it has no password; leave the password out"
            "服务器没有设置密码；请去掉密码"
        case "ERR" where message.contains("invalid password"): Message("the password is wrong", zh: "密码错误")
        case "ERR" where message.contains("unknown command"):
            "the command is disabled or renamed there, or the server is too old"
            "该命令被禁用或改名，或服务器版本过旧"
        default: Message("the server's log may say more; fix the cause and run again", zh: "服务器日志中可能有更多说明；请排除原因后再运行一次")
        }
    }
}

extension SentinelError {
    @MessageBuilder fileprivate func message(_ address: Message) -> Message {
        switch self {
        case .unreachable(let attempts):
            let reasons = Message.joined(
                attempts.map { Message("\($0.sentinel): \(SentinelError.reason($0.error))") },
                by: Message(", ", zh: "，"))
            "sentinels_unreachable"
            "no sentinel of \(address) could be asked: \(reasons); are they running, and are their addresses and their own "
                + "password (SENTINEL_PASSWORD) right?"
            "无法询问 \(address) 的任何哨兵：\(reasons)；它们是否在运行，地址与哨兵自己的密码（SENTINEL_PASSWORD）是否正确？"
        case .unknownService(let name):
            "unknown_service"
            "the sentinels of \(address) do not watch anything called \(quoted: name); use the name in their line 'sentinel "
                + "monitor'"
            "\(address) 的哨兵没有监视名为 \(quoted: name) 的服务；请使用其 'sentinel monitor' 行中的名称"
        }
    }

    /// A sentinel's failure in a few words.
    private static func reason(_ error: RedisError) -> Message {
        switch error {
        case .cannotConnect(let reason), .connectionLost(_, let reason), .notRedis(let reason): Message("\(reason)")
        case .timedOut: Message("no answer", zh: "没有回应")
        case .unsupportedServer(let mode):
            Message("a Redis in \(mode) mode, not a sentinel", zh: "\(mode) 模式的 Redis，不是哨兵")
        default: Message("\(error.code)")
        }
    }
}

extension ReplicaError {
    @MessageBuilder fileprivate func message(_ address: Message) -> Message {
        switch self {
        case .none:
            "no_replica"
            "\(address) has no replica online to read from; leave --read-from out to read from the primary"
            "\(address) 没有在线的副本可读；去掉 --read-from 即从主节点读取"
        case .notReplica(let role):
            "replica_unfit"
            "\(address): the server to be read is not a replica but a \(role); correct --replica-url"
            "\(address)：要读取的不是副本，而是 \(role)；请改正 --replica-url"
        case .otherPrimary:
            "replica_unfit"
            "\(address): the replica belongs to another primary; correct --replica-url"
            "\(address)：该副本属于另一个主节点；请改正 --replica-url"
        case .synchronising:
            "replica_unfit"
            "\(address): the replica is still being filled by its primary; run again later"
            "\(address)：副本正在与主节点同步；请稍后再运行"
        case .linkDown:
            "replica_unfit"
            "\(address): the replica has lost its primary, so its data is old; fix that, or read from the primary"
            "\(address)：副本与主节点的连接已断开，数据陈旧；请修复，或从主节点读取"
        case .silent(let seconds):
            "replica_lagging"
            "\(address): the replica has heard nothing from its primary for \(seconds) s; a longer --max-lag allows that"
            "\(address)：副本已 \(seconds) 秒没有收到主节点的数据；可用更长的 --max-lag"
        case .lagging(let seconds):
            "replica_lagging"
            "\(address): the replica is more than \(seconds: seconds) behind its primary; run again later, or allow more "
                + "with --max-lag"
            "\(address)：副本落后主节点超过 \(seconds: seconds)；请稍后再运行，或用更长的 --max-lag"
        case .addressForCluster:
            "replica_unfit"
            "\(address) is a cluster, where every primary has replicas of its own: use --read-from replica instead of "
                + "--replica-url"
            "\(address) 是集群，每个主节点各有副本：请用 --read-from replica 代替 --replica-url"
        }
    }
}

extension TLSError {
    @MessageBuilder func message(_ address: Message) -> Message {
        switch self {
        case .unusableFile(let path, let reason):
            "tls_unusable_file"
            "\(quoted: path) cannot be used: \(reason); --cacert, --cert and --key take files in PEM, keys without a "
                + "passphrase"
            "无法使用 \(quoted: path)：\(reason)；--cacert、--cert 和 --key 须为 PEM 文件，密钥不带口令"
        case .keyMismatch:
            "tls_key_mismatch"
            "the key of --key does not belong to the certificate of --cert; give the two that were made together"
            "--key 的密钥与 --cert 的证书不匹配；请使用同时生成的一对"
        case .plainText:
            "tls_plain_text"
            "\(address) speaks plain text, not TLS; use its TLS port, or redis:// if it has none"
            "\(address) 使用明文而非 TLS；请用其 TLS 端口，若没有则用 redis://"
        case .selfSigned:
            "tls_self_signed"
            "\(address) shows a self-signed certificate that is not trusted; trust it by --cacert"
            "\(address) 出示的是不受信任的自签名证书；可用 --cacert 信任它"
        case .untrustedIssuer:
            "tls_untrusted_issuer"
            "\(address) shows a certificate whose issuer is not trusted; name the issuer's certificate by --cacert"
            "\(address) 的证书颁发者不受信任；请用 --cacert 指定颁发者的证书"
        case .expired:
            "tls_expired"
            "\(address) shows a certificate that has expired; it has to be renewed there"
            "\(address) 的证书已过期；须在服务器上更新"
        case .notYetValid:
            "tls_not_yet_valid"
            "\(address) shows a certificate that is not valid yet; is the clock right, here and where it was made?"
            "\(address) 的证书尚未生效；请检查本机与签发处的时钟"
        case .wrongHost(let name):
            "tls_wrong_host"
            "\(address) shows a certificate that is not for \(name); use the name in it, or give that by --sni"
            "\(address) 的证书不属于 \(name)；请使用证书中的名称，或用 --sni 指定"
        case .clientCertificateRequired:
            "tls_client_certificate_required"
            "\(address) requires a certificate of the client; give one by --cert and --key"
            "\(address) 要求客户端证书；请用 --cert 和 --key 指定"
        case .clientCertificateRefused(let reason):
            "tls_client_certificate_refused"
            "\(address) does not accept the certificate of --cert (\(reason)); was it issued by an authority that the "
                + "server trusts?"
            "\(address) 不接受 --cert 的证书（\(reason)）；它是否由服务器信任的机构签发？"
        case .failed(let reason):
            "tls_failed"
            "TLS with \(address) failed: \(reason); the server's log may say more"
            "与 \(address) 的 TLS 通信失败：\(reason)；服务器日志中可能有更多说明"
        }
    }
}

extension EndpointError {
    /// What is wrong with a server's address; never quotes the address, which may hold a password.
    @MessageBuilder var message: Message {
        switch self {
        case .missingScheme:
            "this is not a URL; write redis://[user:password@]host[:port][/db] or unix:///path/to.sock[?db=N]"
            "这不是 URL；应为 redis://[user:password@]host[:port][/db] 或 unix:///path/to.sock[?db=N]"
        case .unknownScheme(let scheme):
            "unknown scheme \(quoted: scheme); known are redis://, rediss://, unix://, redis+sentinel:// and "
                + "rediss+sentinel://"
            "未知的协议 \(quoted: scheme)；可用 redis://、rediss://、unix://、redis+sentinel:// 和 rediss+sentinel://"
        case .missingHost:
            "the host is missing; write it out: redis://localhost:6379/0"
            "缺少主机；请写明：redis://localhost:6379/0"
        case .invalidHost:
            "the host is not valid; IPv6 addresses are written in brackets: redis://[::1]:6379/0"
            "主机无效；IPv6 地址须加方括号：redis://[::1]:6379/0"
        case .invalidPort:
            "the port is not a number from 1 to 65535; a / or : in a password must be written %2F or %3A"
            "端口不是 1 到 65535 的数字；密码中的 / 或 : 须写作 %2F 或 %3A"
        case .invalidDatabase: Message("the database is not a whole number", zh: "数据库编号不是整数")
        case .conflictingDatabases:
            "two different databases are given, one in the path and one as ?db="
            "给出了两个不同的数据库，一个在路径中，一个在 ?db= 中"
        case .relativeSocketPath:
            "the path of the socket must be absolute: unix:///path/to.sock"
            "套接字路径必须是绝对路径：unix:///path/to.sock"
        case .socketPathTooLong(let limit):
            "the path of the socket is longer than the \(limit) bytes that the system allows"
            "套接字路径超过系统允许的 \(limit) 字节"
        case .invalidPercentEncoding:
            "a % is not followed by two hexadecimal digits; write %25 for the character itself"
            "% 之后不是两位十六进制数字；字符本身请写作 %25"
        case .unknownParameter:
            "unknown parameter after the ?; known is db=N, and for sentinels sentinel_user and sentinel_password"
            "? 之后有未知参数；只支持 db=N，哨兵另有 sentinel_user 和 sentinel_password"
        case .invalidService:
            "the name of the service is not valid; it takes letters, digits and . _ -, and a / in a password must be "
                + "written %2F"
            "服务名无效；只可用字母、数字和 . _ -，密码中的 / 须写作 %2F"
        case .missingService:
            "the name of the service is missing: redis+sentinel://host[:port][,host[:port]]/service[/db]"
            "缺少服务名：redis+sentinel://host[:port][,host[:port]]/service[/db]"
        }
    }
}
