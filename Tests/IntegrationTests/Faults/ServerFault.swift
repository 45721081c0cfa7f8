import Foundation
import TestSupport

/// Something that befalls the server just before a certain command gets through.
struct ServerFault: Sendable, CustomStringConvertible {
    /// Which command, and the how many-th of its name.
    struct Moment: Sendable {
        var command: String
        var number: Int
        var isReading: Bool { command != "EVALSHA" }
    }

    var name: String
    var moment: Moment
    var ending: FaultScene.Ending
    /// What the line on standard error has to hold.
    var words = ""
    /// What the server is told beforehand.
    var settings: [String] = []
    /// Whether this server knows it.
    var isPossible = true
    var strike: @Sendable (Store) throws -> Void
    /// What an administrator does about it.
    var mend: @Sendable (Store) throws -> Void = { _ in }

    var description: String { "\(name) before \(moment.command) \(moment.number)" }

    private static let census = Moment(command: "SCAN", number: 1)
    private static let survey = Moment(command: "ZRANGE", number: 2)
    private static let secondLook = Moment(command: "EXISTS", number: 1)
    private static let sessions = Moment(command: "EVALSHA", number: 1)
    private static let entries = Moment(command: "EVALSHA", number: 4)
    private static let reading = [census, survey, secondLook]
    private static let writing = [sessions, entries]

    static let all = (restarts + kills + flushes + blocks + withdrawals + full).filter(\.isPossible)

    /// What was removed before is on disk, and the rest is still there.
    private static let restarts = (reading + writing).map { moment in
        ServerFault(
            name: "restart with persistence", moment: moment,
            ending: .failed([moment.isReading ? "server_restarted" : "connection_lost"]),
            words: moment.isReading ? "was restarted during the run; run again" : "was lost during EVALSHA",
            settings: ["--appendonly", "yes", "--appendfsync", "always"], strike: { try $0.redis.restart() })
    }

    private static let kills = (reading + writing).map { moment in
        ServerFault(
            name: "CLIENT KILL", moment: moment,
            ending: moment.isReading ? .done : .failed(["connection_lost"]),
            words: moment.isReading ? "" : "was lost during EVALSHA",
            strike: { try $0.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") })
    }

    private static let flushes = (1...6).map { number in
        ServerFault(
            name: "SCRIPT FLUSH", moment: Moment(command: "EVALSHA", number: number), ending: .done,
            strike: { try $0.client.call("SCRIPT", "FLUSH") })
    }

    private static let blocks = (reading + writing).map { moment in
        ServerFault(
            name: "a script that does not end", moment: moment, ending: .failed(["BUSY"]),
            words: "a script keeps it busy; wait for it, or end it with SCRIPT KILL",
            // Redis 7 calls it busy-reply-threshold, too.
            settings: ["--lua-time-limit", "5"],
            strike: { appauth in
                let blocker = try appauth.redis.client()
                Thread.detachNewThread { _ = try? blocker.ask("EVAL", "while true do end", "0") }
                try Deadline.wait(for: "a busy server") {
                    try appauth.client.ask("PING").text?.hasPrefix("BUSY") == true
                }
            },
            mend: { appauth in
                try appauth.client.call("SCRIPT", "KILL")
                try Deadline.wait(for: "the end of the script") {
                    try appauth.client.ask("PING") == .status("PONG")
                }
                try freeLock(appauth)
            })
    }

    private static let withdrawals = writing.flatMap { moment in
        [
            ServerFault(
                name: "a disk that takes no more data", moment: moment, ending: .failed(["MISCONF"]),
                words: "it cannot save its data and refuses writes; fix that first",
                strike: { appauth in
                    let file = appauth.redis.folder.file("dump.rdb")
                    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
                    try appauth.client.call("CONFIG", "SET", "save", "3600 1")
                    try appauth.client.call("BGSAVE")
                    try Deadline.wait(for: "the failure of BGSAVE") {
                        try appauth.client.call("INFO", "persistence").text?
                            .contains("rdb_last_bgsave_status:err") == true
                    }
                },
                mend: { appauth in
                    try appauth.client.call("CONFIG", "SET", "save", "")
                    try freeLock(appauth)
                }),
            ServerFault(
                name: "too few replicas", moment: moment, ending: .failed(["NOREPLICAS"]),
                words: "NOREPLICAS Not enough good replicas to write",
                // Before Redis 7 scripts write for all that.
                isPossible: ServerProgram.isAtLeast(7),
                strike: { try $0.client.call("CONFIG", "SET", "min-replicas-to-write", "1") },
                mend: { appauth in
                    try appauth.client.call("CONFIG", "SET", "min-replicas-to-write", "0")
                    try freeLock(appauth)
                }),
            ServerFault(
                name: "a right that is withdrawn", moment: moment, ending: .failed(["NOPERM"]),
                words: "give the user the right to it (ACL SETUSER)", isPossible: ServerProgram.has(.accessLists),
                strike: { try $0.client.call("ACL", "SETUSER", "default", "-zrem", "-srem", "-lrem", "-unlink") },
                mend: { try $0.client.call("ACL", "SETUSER", "default", "+@all") }),
        ]
    }

    /// A server that refuses every write does not take the lock back either; it would end by itself within a minute.
    private static func freeLock(_ appauth: Store) throws {
        try appauth.client.call("DEL", Unattended.lockKey)
    }

    private static let full = (reading + writing).map { moment in
        ServerFault(
            name: "maxmemory", moment: moment, ending: .done,
            strike: { try $0.client.call("CONFIG", "SET", "maxmemory", "1") },
            mend: { try $0.client.call("CONFIG", "SET", "maxmemory", "0") })
    }
}
