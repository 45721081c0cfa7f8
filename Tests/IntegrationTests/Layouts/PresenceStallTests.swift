import Foundation
import RedisClient
import Synchronization
import TestSupport
import Testing

@testable import SessionJanitor

/// A server that hangs goes on with an old clock, and what is touched by then looks untouched for as long as it hung.
@Suite(.waiting) struct PresenceStallTests {
    private static let users = (100..<120).map { "user\($0)" as Bytes }
    private static let session: Bytes = "3de3-9980b633-0"

    /// At the given question about the server's clock it hangs for longer than idle times may be off by themselves; then it
    /// answers, all users' clients write their presence keys, and soon their sessions.
    @Test(arguments: 1...3)
    func `users who log in when a server comes back keep their presence keys`(question: Int) throws {
        let store = try Store(["--layout", "websocket"], server: ServerProgram.debugArguments)
        try store.client.run((Self.users + ["gone"]).map { ["SET", $0, ""] })
        let client = store.client
        let questions = Mutex<Int?>(nil)
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            let isClock = ["INFO", "TIME"].contains(command[0].text)
            let asked = questions.withLock { asked in
                if isClock { asked = asked.map { $0 + 1 } }
                return asked
            }
            guard isClock, asked == question else { return .forward }
            let logins = Self.users.map { ["SET", $0, ""] as [Bytes] }
            let replies = try client.pipeline([["DEBUG", "SLEEP", "3"], command] + logins)
            Thread.detachNewThread {
                usleep(100_000)
                try? client.run((100..<120).map { ["SET", Self.session + Bytes($0), Self.users[$0 - 100]] })
            }
            return .answer(Self.wire(replies[1]))
        }
        let connection = try RedisConnection(
            to: Endpoint(address: .unix(path: proxy.endpointPath)), mode: .readWrite, timeout: .seconds(20))
        let remover = try TriedRemoval.presenceKeys(of: Self.users + ["gone"], on: connection)
        questions.withLock { $0 = 0 }
        try remover.removePresenceKeys(grace: .seconds(1)) { _ in
            let users = IdentifierSet()
            for key in try client.call("KEYS", Self.session + "*").strings {
                let user = try client.call("GET", key).bytes ?? ""
                let hash = user.raw.withUnsafeBytes { IdentifierSet.hash($0) }
                _ = users.insert(hash)
                users.mark(hash, .listed)
            }
            return users
        }
        #expect(questions.withLock { $0 ?? 0 } >= question)
        let kept = try store.keys().filter { !$0.raw.starts(with: Self.session.raw) }
        #expect(kept == Set(Self.users))
        #expect(remover.results[.presence, .orphaned, .removed] == 1)
    }

    /// As the server sends a string, or several.
    private static func wire(_ reply: RedisValue) -> Bytes {
        let strings = reply.bytes.map { [$0] } ?? reply.strings
        let head: Bytes = reply.bytes == nil ? "*\(strings.count)\r\n" : ""
        return strings.reduce(head) { $0 + "$\($1.count)\r\n" + $1 + "\r\n" }
    }

    @Test func `a server that cannot tell when a key was used keeps presence keys, and it is told`() throws {
        let store = try Store("--layout", "websocket")
        try store.write(["SET", "3de3-9980b633-000d", "zoe"], ["SET", "zoe", ""], ["SET", "gone", ""])
        let isSurveyed = Mutex(false)
        let proxy = try RedisProxy(to: store.redis) { command, _ in
            if command[0].text == "MGET" { isSurveyed.withLock { $0 = true } }
            let isClock = command[0].text == "INFO" && isSurveyed.withLock { $0 }
            return isClock ? .answer("$9\r\nno_clock:\r\n") : .forward
        }
        let result = try JanitorProcess.run(
            ["--json", "--grace", "0", "--no-lock", "--layout", "websocket"], environment: ["REDIS_URL": proxy.url])
        let report = try RunReport(result)
        #expect(report.stat("orphaned_presence_keys_removed") == 0)
        #expect(report.warnings.contains { $0.hasPrefix("1 presence key was kept: the server cannot tell") })
        #expect(try store.keys() == ["3de3-9980b633-000d", "zoe", "gone"])
    }
}
