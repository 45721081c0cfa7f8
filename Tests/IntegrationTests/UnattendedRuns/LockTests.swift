import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// One clean-up at a time: who is kept out, who is not, and what is said.
@Suite(.waiting) struct LockTests {
    private let appauth: Store

    init() throws {
        appauth = try Store.withOrphan()
    }

    private func hold(_ value: Bytes = Unattended.foreignLock) throws {
        try appauth.client.call("SET", Unattended.lockKey, value, "PX", "600000")
    }

    @Test func `a held lock keeps a run out, which says who holds it`() throws {
        try hold()
        let before = try appauth.snapshot()
        let result = try appauth.run("clean", "--grace", "0")
        expectFailure(result, Unattended.lockedLine(appauth.redis.url), status: 5)
        #expect(result.output.isEmpty)
        let (status, report) = try appauth.clean(["--include-expired"])
        #expect(status == .exited(5))
        #expect(report.outcome == "failed")
        #expect(report.error == .init(code: "locked", message: Unattended.lockedLine(appauth.redis.url)))
        #expect(report.stats.values.allSatisfy { $0 == 0 })
        #expect(try appauth.snapshot() == before)
        let calls = try appauth.client.call("INFO", "commandstats").text ?? ""
        #expect(!calls.contains("cmdstat_scan") && !calls.contains("cmdstat_eval"))
    }

    @Test func `a dry run neither takes the lock nor cares for it`() throws {
        try hold()
        let before = try appauth.snapshot()
        try appauth.client.call("CONFIG", "RESETSTAT")
        let (status, report) = try appauth.clean(["--dry-run"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_found") == 1)
        #expect(try appauth.snapshot() == before)
        #expect(try appauth.client.call("INFO", "commandstats").text?.contains("cmdstat_set:") == false)
    }

    @Test func `a lock is given back whose answer got lost`() throws {
        let proxy = try RedisProxy(to: appauth.redis) { words, _ in
            words[0].text == "SET" ? .truncate(0) : .forward
        }
        let (status, report) = try appauth.clean(url: proxy.url)
        #expect(status == .exited(1))
        #expect(report.error?.code == "connection_lost")
        #expect(try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0))
        #expect(try appauth.listed() == ["living", "orphan"])
    }

    @Test func `a run that takes no lock does not care for it`() throws {
        try hold()
        let (status, report) = try appauth.clean(["--no-lock"])
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(try appauth.client.call("GET", Unattended.lockKey) == .string(Unattended.foreignLock))
    }

    @Test(
        arguments: [
            ["SET", Unattended.lockKey, "plain text\n\u{1b}[31m"], ["SET", Unattended.lockKey, ""],
            ["SET", Unattended.lockKey, "{}"], ["SET", Unattended.lockKey, "{\"host\":1}"],
            ["HSET", Unattended.lockKey, "host", "a"], ["SADD", Unattended.lockKey, "a"],
            ["XADD", Unattended.lockKey, "*", "a", "b"],
        ] as [[Bytes]])
    func `a lock that is none of ours keeps a run out all the same`(command: [Bytes]) throws {
        try appauth.client.call(command)
        let before = try appauth.snapshot()
        let result = try appauth.run("clean", "--grace", "0")
        expectFailure(
            result,
            "another run is cleaning \(appauth.redis.url)?db=0: an unknown holder; wait for it (a run that was "
                + "killed blocks for at most a minute)", status: 5)
        #expect(try appauth.snapshot() == before)
    }

    @Test func `a value in the lock that is not text keeps a run out all the same`() throws {
        try hold(Bytes([0x7b, 0xff, 0x00, 0x7d]))
        #expect(try appauth.run("clean", "--grace", "0").status == .exited(5))
    }

    @Test func `a hostile holder does not break the line`() throws {
        try hold(#"{"host":"a\nsession-janitor: all is well\u001b[2J\u2028","pid":1,"since":"\r\n","token":""}"#)
        let result = try appauth.run("clean", "--grace", "0")
        #expect(result.status == .exited(5))
        #expect(result.error.contains("process 1 on a\\nsession-janitor: all is well\\x1b[2J\\u{2028}, since \\r\\n;"))
        #expect(result.error.split(whereSeparator: \.isNewline).count == 1)
    }

    @Test func `another database and another prefix have locks of their own`() throws {
        try hold()
        #expect(try appauth.run("--grace", "0", "--prefix", "shop").status == .exited(0))
        #expect(try appauth.run("--grace", "0", url: appauth.redis.url(database: 1)).status == .exited(0))
        #expect(try appauth.run("--grace", "0").status == .exited(5))
        try appauth.client.call("SET", "shop:janitor:lock", Unattended.foreignLock)
        #expect(try appauth.run("--grace", "0", "--prefix", "shop").status == .exited(5))
    }

    @Test func `where memory is full the run goes on without a lock and says so`() throws {
        try appauth.client.run([
            ["CONFIG", "SET", "maxmemory-policy", "noeviction"], ["CONFIG", "SET", "maxmemory", "1"],
        ])
        let (status, report) = try appauth.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(
            report.warnings == [
                "no lock was taken, as the server's memory is full; another run may have worked on the same keys"
            ])
        #expect(try appauth.listed() == ["living"])
    }

    @Test func `where memory is full a held lock still keeps a run out`() throws {
        try hold()
        try appauth.client.call("CONFIG", "SET", "maxmemory", "1")
        let before = try appauth.snapshot()
        let (status, _) = try appauth.clean()
        #expect(status == .exited(5))
        #expect(try appauth.snapshot() == before)
    }

    @Test(
        .needs(.accessLists),
        arguments: [["~*", "+@all", "-set"], ["~appauth:sess:*", "~appauth:usess:*", "+@all"]] as [[Bytes]])
    func `who may not write the lock is told of the option`(rights: [Bytes]) throws {
        try appauth.client.call(["ACL", "SETUSER", "limited", "on", ">pw"] + rights)
        let before = try appauth.snapshot()
        let url = appauth.redis.url(user: "limited", password: "pw")
        let result = try appauth.run("clean", "--grace", "0", url: url)
        #expect(result.status == .exited(1))
        #expect(result.errorLines.count == 1)
        #expect(result.error.contains("answered SET with 'NOPERM "))
        #expect(result.error.hasSuffix("; give the user the right to write the lock, or use --no-lock\n"))
        #expect(try appauth.snapshot() == before)
        #expect(try appauth.run("clean", "--grace", "0", "--no-lock", url: url).status == .exited(0))
        #expect(try appauth.listed() == ["living"])
    }

    // MARK: In this process

    private func lock(_ pid: Int32, renewalPause: Duration = .zero) throws -> (lock: JanitorLock, holder: LockHolder) {
        let holder = LockHolder(host: "here", pid: pid, since: "now")
        let endpoint = appauth.redis.endpoint()
        let lock = try JanitorLock.take(key: try Layout().lockKey, holder: holder, renewalPause: renewalPause) {
            try RedisConnection(to: endpoint, mode: .readWrite, timeout: .seconds(20))
        }
        return (lock, holder)
    }

    @Test func `a lock that another one has taken over is lost, and stays the other's`() throws {
        let first = try lock(1)
        try first.lock.renewIfDue()
        try appauth.client.call("DEL", Unattended.lockKey)
        let second = try lock(2)
        #expect(throws: LockError.lost(to: second.holder)) { try first.lock.renewIfDue() }
        first.lock.release()
        try second.lock.renewIfDue()
    }

    @Test func `a lock outlives the connection that it was taken on`() throws {
        let (lock, _) = try lock(1)
        for _ in 0..<3 {
            try appauth.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            try lock.renewIfDue()
        }
        try appauth.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        lock.release()
        #expect(try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0))
    }

    @Test func `a lock is had once, and again when it was given back`() throws {
        let first = try lock(1)
        #expect(throws: LockError.held(by: first.holder)) { _ = try lock(2) }
        first.lock.release()
        #expect(try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(0))
        let third = try lock(3)
        // What is not his any more the first one does not give back.
        first.lock.release()
        #expect(throws: LockError.held(by: third.holder)) { _ = try lock(4) }
    }

    @Test func `holders differ even where host, process and time are the same`() throws {
        let first = try lock(1)
        try appauth.client.call("DEL", Unattended.lockKey)
        let second = try lock(1)
        #expect(first.holder != second.holder)
        first.lock.release()
        #expect(try appauth.client.call("EXISTS", Unattended.lockKey) == .integer(1))
    }

    @Test func `a lock that is not due for renewal asks the server nothing`() throws {
        let lock = try lock(1, renewalPause: .seconds(20)).lock
        try appauth.client.call("CONFIG", "RESETSTAT")
        try lock.renewIfDue()
        #expect(try appauth.client.call("INFO", "commandstats").text?.contains("cmdstat_evalsha") == false)
    }
}
