import RedisClient

/// Says in words what is wrong with a server's address; never quotes the address, which may hold a password.
enum EndpointMessage {
    static func text(_ error: EndpointError) -> String {
        message(error).english
    }

    /// `source` is the option or the variable that the address comes from.
    static func message(_ error: EndpointError, from source: String) -> Message {
        let text = message(error)
        return Message("\(source): \(text.english)", zh: "\(source)：\(text.chinese)")
    }

    private static func message(_ error: EndpointError) -> Message {
        switch error {
        case .missingScheme:
            Message(
                "this is not a URL; write redis://[user:password@]host[:port][/db] or unix:///path/to.sock[?db=N]",
                zh: "这不是 URL；应为 redis://[user:password@]host[:port][/db] 或 unix:///path/to.sock[?db=N]")
        case .unknownScheme(let scheme):
            Message(
                "unknown scheme \(Printable.quoted(scheme)); known are redis://, rediss://, unix://, redis+sentinel:// "
                    + "and rediss+sentinel://",
                zh: "未知的协议 \(Printable.quoted(scheme))；可用 redis://、rediss://、unix://、redis+sentinel:// 和 "
                    + "rediss+sentinel://")
        case .missingHost:
            Message(
                "the host is missing; nothing is assumed, so write it out: redis://localhost:6379/0",
                zh: "缺少主机；不会自行假定，请写明：redis://localhost:6379/0")
        case .invalidHost:
            Message(
                "the host is not valid; IPv6 addresses go in brackets: redis://[::1]:6379/0",
                zh: "主机无效；IPv6 地址须加方括号：redis://[::1]:6379/0")
        case .invalidPort:
            Message(
                "the port is not a number from 1 to 65535; a / or : in a password must be written %2F or %3A",
                zh: "端口不是 1 到 65535 的数字；密码中的 / 或 : 须写作 %2F 或 %3A")
        case .invalidDatabase:
            Message("the database is not a whole number", zh: "数据库编号不是整数")
        case .conflictingDatabases:
            Message(
                "two different databases are given, one in the path and one as ?db=",
                zh: "给出了两个不同的数据库，一个在路径中，一个在 ?db= 中")
        case .relativeSocketPath:
            Message(
                "the path of the socket must be absolute: unix:///path/to.sock",
                zh: "套接字路径必须是绝对路径：unix:///path/to.sock")
        case .socketPathTooLong(let limit):
            Message(
                "the path of the socket is longer than the \(limit) bytes that the system allows",
                zh: "套接字路径超过系统允许的 \(limit) 字节")
        case .invalidPercentEncoding:
            Message(
                "a % is not followed by two hexadecimal digits; write %25 for the character itself",
                zh: "% 之后不是两位十六进制数字；字符本身请写作 %25")
        case .unknownParameter:
            Message(
                "unknown parameter after the ?; known is db=N, and for sentinels sentinel_user and sentinel_password",
                zh: "? 之后有未知参数；只支持 db=N，哨兵另有 sentinel_user 和 sentinel_password")
        case .invalidService:
            Message(
                "the name of the service is not valid; it takes letters, digits and . _ -, and a / in a password must be "
                    + "written %2F",
                zh: "服务名无效；只可用字母、数字和 . _ -，密码中的 / 须写作 %2F")
        case .missingService:
            Message(
                "the name of the service is missing: redis+sentinel://host[:port][,host[:port]]/service[/db]",
                zh: "缺少服务名：redis+sentinel://host[:port][,host[:port]]/service[/db]")
        }
    }
}
