import RedisClient

/// Says in words why the sentinels do not tell where the primary is.
enum SentinelMessage {
    static func message(_ error: SentinelError, _ address: String) -> Message {
        switch error {
        case .unreachable(let attempts):
            let reasons = attempts.map { "\(Printable.text($0.sentinel)): \(reason($0.error))" }
            return Message(
                "no sentinel of \(address) could be asked: \(reasons.joined(separator: ", ")); are they running, and "
                    + "are their addresses and their own password (SENTINEL_PASSWORD) right?",
                zh: "无法询问 \(address) 的任何哨兵：\(reasons.joined(separator: "，"))；它们是否在运行，"
                    + "地址与哨兵自己的密码（SENTINEL_PASSWORD）是否正确？")
        case .unknownService(let name):
            return Message(
                "the sentinels of \(address) watch over nothing called \(Printable.quoted(name)); use the name in "
                    + "their line 'sentinel monitor'",
                zh: "\(address) 的哨兵没有监视名为 \(Printable.quoted(name)) 的服务；请使用其 'sentinel monitor' 行中的名称")
        }
    }

    /// A sentinel's failure in a few words.
    private static func reason(_ error: RedisError) -> String {
        switch error {
        case .cannotConnect(let reason), .connectionLost(_, let reason), .notRedis(let reason): Printable.text(reason)
        case .timedOut: "no answer"
        case .unsupportedServer(let mode): "a Redis in \(Printable.text(mode)) mode, not a sentinel"
        case .server(_, let code, _): Printable.text(code)
        case .tls(let error): TLSMessage.code(error)
        default: ErrorMessage.code(error)
        }
    }
}
