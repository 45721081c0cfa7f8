import RedisClient
import SessionJanitor

/// Says in one line what failed, why, and what to do next.
enum ErrorMessage {
    static func text(_ error: CleanupError, _ options: Options) -> String {
        switch error {
        case .redis(let error): text(error, options)
        case .lock(let error): text(error, options)
        case .other(let text): Printable.text(text)
        }
    }

    static func text(_ error: LockError, _ options: Options) -> String {
        let address = Printable.text(options.endpoint.description)
        switch error {
        case .held(let holder):
            return
                "another run is cleaning \(address): \(text(holder)); wait for it (a run that was killed blocks for at "
                + "most a minute)"
        case .lost(let holder):
            return "this run was held up so long that it lost its lock on \(address) to \(text(holder)), and so it "
                + "stopped; run again"
        }
    }

    private static func text(_ holder: LockHolder?) -> String {
        guard let holder else { return "a holder that is not known" }
        return "process \(holder.pid) on \(Printable.text(holder.host)), since \(Printable.text(holder.since))"
    }

    static func text(_ error: RedisError, _ options: Options) -> String {
        let address = Printable.text(options.endpoint.description)
        switch error {
        case .cannotConnect(let reason):
            return "cannot connect to \(address): \(Printable.text(reason)); is the server running, and is the "
                + "address right (--url, REDIS_URL)?"
        case .timedOut(let command, let seconds):
            return "\(address) did not answer \(command.rawValue) within \(NumberText.seconds(seconds)); is the "
                + "server busy or hanging? A longer --timeout waits longer"
        case .connectionLost(let command, let reason):
            return "the connection to \(address) was lost during \(command.rawValue): \(Printable.text(reason)); "
                + "run again once the server is back"
        case .serverRestarted:
            return "\(address) was restarted during the run; run again"
        case .notRedis(let reason):
            return "\(address) does not speak Redis's protocol (\(Printable.text(reason))); is it the right port?"
        case .unexpectedReply(let command, let expected):
            return "\(address) answered \(command.rawValue) with something else than \(expected); is it a Redis server "
                + "that is supported, without a proxy in between?"
        case .refusedOnReadOnlyConnection(let command):
            return "\(command.rawValue) was not sent: this run only reads; please report this as a bug"
        case .unsupportedServer(let mode):
            return "\(address) is a Redis in \(Printable.text(mode)) mode, which this version cannot clean; use a "
                + "standalone server"
        case .server(let command, let code, let message):
            return "\(address) answered \(command.rawValue) with '\(Printable.text(harmless(message, to: command)))'"
                + "; " + advice(command, code, message)
        }
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
        case .server(_, let code, _): code
        }
    }

    private static func advice(_ command: RedisCommand, _ code: String, _ message: String) -> String {
        switch code {
        case "NOAUTH": "it wants a password: put it into REDIS_URL or set REDIS_PASSWORD"
        case "WRONGPASS": "the user or the password is wrong"
        case "NOPERM" where command == .set:
            "give the user the right to write the lock, or use --no-lock"
        case "NOPERM": "give the user the right to it (ACL SETUSER)"
        case "LOADING": "it is still loading its data; run again later"
        case "MASTERDOWN": "it is a replica that has lost its primary; use the primary"
        case "READONLY": "it is a replica; use the primary"
        case "OOM": "its memory is full; raise maxmemory, or remove something by hand first"
        case "MISCONF": "it cannot save its data and refuses writes; mend that first (disk space, rights)"
        case "BUSY": "a script keeps it busy; wait for it, or end it with SCRIPT KILL"
        case "ERR" where message.contains("DB index is out of range"):
            "it has fewer databases; mend the number at the end of the URL or REDIS_DB"
        case "ERR" where message.contains("without any password configured"):
            "it has no password; leave the password out"
        case "ERR" where message.contains("invalid password"):
            "the password is wrong"
        case "ERR" where message.contains("unknown command"):
            "the command is disabled or renamed there, or the server is too old"
        default: "the server's log may say more; mend the cause and run again"
        }
    }
}
