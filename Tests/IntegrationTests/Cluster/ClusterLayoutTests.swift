import Foundation
import TestSupport
import Testing

/// Layouts other than the plain one on a cluster: what belongs together is on different nodes.
@Suite(.waiting) struct ClusterLayoutTests {
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    /// What a built-in layout finds and removes in these keys, on one server and on a cluster, has to be the same.
    private func compare(_ layout: [String], _ commands: [[Bytes]], _ arguments: String...) throws -> RunReport {
        let (single, cluster) = (try PrivateRedis(), try PrivateCluster())
        var reports: [RunReport] = []
        for host in [single, cluster] as [any DataHost] {
            try host.write(commands, to: 0)
            for mode in [["--dry-run"], []] {
                let result = try JanitorProcess.run(
                    ["--json", "--grace", "0"] + layout + arguments + mode,
                    environment: ["REDIS_URL": host.url])
                #expect(result.status == .exited(0), "\(result)")
                reports.append(try RunReport(result))
            }
        }
        func numbers(_ report: RunReport) -> [String: Int] {
            report.stats.filter { $0.key != "write_commands_sent" }
        }
        #expect(numbers(reports[0]) == numbers(reports[2]))
        #expect(numbers(reports[1]) == numbers(reports[3]))
        #expect(reports[1].warnings == reports[3].warnings)
        // Within the time that passes between the two runs where these set TTLs.
        #expect(try single.snapshot(of: 0).difference(to: cluster.snapshot(of: 0), within: 5_000) == nil)
        return reports[3]
    }

    @Test func `flask's sessions get the TTL that they lost`() throws {
        let commands: [[Bytes]] = (0..<9).map { ["SET", "session:\($0)", "msgpack"] + ($0 < 5 ? ["EX", "9999"] : []) }
        let report = try compare(["--layout", "flask"], commands, "--set-missing-ttl", "2h")
        #expect(report.stat("sessions_without_ttl_found") == 4)
        #expect(report.stat("ttls_set") == 4)
    }

    @Test func `a layout of one's own has several kinds of everything`() throws {
        let layout = [
            "--session-key", "a:{user}:{id}", "--session-key", "b:{user}:{id}", "--index-key", "i:{user}",
            "--index-key", "all", "--member", "{user}/{id}", "--pointer-key", "p:{user}:{token}", "--companion-key",
            "c:{user}:{id}", "--companion-key", "d:{user}:{id}", "--date", "expiry=json:exp", "--expire-by", "expiry",
        ]
        var commands: [[Bytes]] = []
        for number in 0..<40 {
            let (user, id): (Bytes, Bytes) = ("u\(number % 3)", "\(number)")
            let expired = number % 5 == 1
            // Sessions with either key, both, or none; of two keys one that lasts is enough.
            let value: Bytes = expired ? "{\"exp\":1000000000}" : "{\"exp\":4000000000}"
            if number % 4 != 0 { commands.append(["SET", "a:" + user + ":" + id, value]) }
            if number % 4 > 1 {
                commands.append(["SET", "b:" + user + ":" + id, number % 7 == 0 ? "{\"exp\":4000000000}" : value])
            }
            commands.append(["SADD", "i:" + user, id])
            commands.append(["ZADD", "all", "1", user + "/" + id])
            commands.append(["SET", "p:" + user + ":t" + id, id])
            commands.append(["HSET", "c:" + user + ":" + id, "a", "b"])
            if number % 2 == 0 { commands.append(["RPUSH", "d:" + user + ":" + id, "a", "b"]) }
        }
        let report = try compare(layout, commands, "--include-expired")
        #expect(report.stat("orphaned_sessions_removed") == 20)
        #expect(report.stat("orphaned_pointers_removed") == 10)
        #expect((report.stat("expired_dependents_removed") ?? 0) > 5)
        #expect((report.stat("expired_entries_removed") ?? 0) > 5)
    }

    @Test func `a session with keys on two nodes lives as long as one of them`() throws {
        let store = try ClusterStore("--layout", "gitlab")
        func new(_ user: Int, _ id: Bytes) -> Bytes { "session:user:gitlab::v2:\(user):" + id }
        func old(_ user: Int, _ id: Bytes) -> Bytes { "session:user:gitlab:\(user):" + id }
        func index(_ user: Int) -> Bytes { "session:lookup:user:gitlab:\(user)" }
        // One node has the index key, another the new keys, the third the old ones.
        let areApart = try store.apart()
        let all = (1_000..<2_000).map { "2::\(Self.hex.dropLast(4))\($0)" as Bytes }
        func ids(of user: Int) -> [Bytes] { all.filter { areApart(index(user), new(user, $0), old(user, $0)) } }
        let user = try #require([1, 22, 333, 4_444, 55_555, 666_666].first { ids(of: $0).count >= 4 })
        let ids = ids(of: user)
        try store.write(
            ["SET", new(user, ids[0]), "v2:{}"], ["SET", old(user, ids[1]), "old"],
            ["SET", new(user, ids[2]), "v2:{}"], ["SET", old(user, ids[2]), "old"],
            ["SADD", index(user)] + ids[..<4])
        let (status, report) = try store.clean()
        #expect(status == .exited(0))
        #expect(report.stat("sessions_checked") == 4)
        #expect(report.stat("valid_sessions_found") == 3)
        #expect(report.stat("orphaned_sessions_removed") == 1)
        #expect(report.stat("unindexed_sessions_found") == 0)
        #expect(Set(try store.client.call("SMEMBERS", index(user)).strings) == Set(ids[..<3]))
    }

    @Test func `an expired session goes from both of its nodes, and stays if one of its keys does`() throws {
        let store = try ClusterStore(
            "--session-key", "a:{id}", "--session-key", "b:{id}", "--index-key", "i:{user}", "--date",
            "expiry=hash:exp")
        let areApart = try store.apart()
        let ids = (0..<100).map { Bytes($0) }.filter { areApart("a:" + $0, "b:" + $0) }
        try #require(ids.count >= 2)
        let (gone, kept) = (ids[0], ids[1])
        try store.write(
            ["HSET", "a:" + gone, "exp", "1000000000"], ["HSET", "b:" + gone, "exp", "1000000000"],
            ["HSET", "a:" + kept, "exp", "1000000000"],
            ["HSET", "b:" + kept, "exp", "4000000000"], ["SADD", "i:u", gone, kept])
        let folder = try TemporaryFolder()
        let before = try store.snapshot()
        let (status, report) = try store.clean("--include-expired", "--backup", folder.file("backup"))
        #expect(status == .exited(0))
        #expect(report.stat("expired_sessions_removed") == 3)
        #expect(report.stat("expired_entries_removed") == 1)
        #expect(try store.keys() == ["b:" + kept, "i:u"])
        #expect(try store.client.call("SMEMBERS", "i:u").strings == [kept])
        #expect(try store.restore(folder.file("backup")).stat("restored") == 4)
        #expect(try before == store.snapshot())
    }

    @Test func `what goes is told, wherever it was`() throws {
        let store = try ClusterStore("--layout", "user-sessions")
        try store.write(["HSET", "user_session:a", "token", "t"], ["SET", "token:t", "a"])
        for number in 0..<20 { try store.write(["SET", "token:\(number)", "gone-\(number)"]) }
        let subscriber = try Subscriber(store.cluster.primaries[1])
        let (status, report) = try store.clean("--publish", "gone")
        #expect(status == .exited(0))
        #expect(report.warnings == [])
        var sessions: Set<String> = []
        // Nodes tell each other in their own time.
        try Deadline.wait(for: "the events of all nodes") {
            for message in try subscriber.messages() where message.channel == "gone" {
                let event = try JSONSerialization.jsonObject(with: Data(message.payload.raw)) as? [String: Any]
                #expect(event?["kind"] as? String == "pointer")
                sessions.insert(event?["session"] as? String ?? "")
            }
            return sessions.count >= 20
        }
        #expect(sessions == Set((0..<20).map { "gone-\($0)" }))
    }

    @Test func `one script checks and removes where hash tags put a key and its session into one slot`() throws {
        let store = try ClusterStore(
            "--session-key", "s:{{{id}}}", "--session-key", "t:{{{id}}}", "--companion-key", "c:{{{id}}}",
            "--companion-key", "loose:{id}")
        for number in 0..<20 {
            let id: Bytes = "{\(number)}"
            if number % 2 == 0 { try store.write(["SET", "s:" + id, "x"]) }
            try store.write(["SET", "c:" + id, "x"])
        }
        let (status, report) = try store.clean()
        #expect(status == .exited(0))
        #expect(report.stat("orphaned_companions_removed") == 10)
        #expect(try store.calls(of: "dump") == 0)
        try store.write(["SET", "loose:gone", "x"])
        #expect(try store.clean().report.stat("orphaned_companions_removed") == 1)
        #expect(try store.calls(of: "dump") > 0)
    }

    @Test func `fields of hashes go as from one server`() throws {
        let layout = [
            "--layout", "custom", "--session-key", "s:{id}", "--pointer-key", "u:{user}=hash:web", "--pointer-key",
            "u:{name}=hash:app", "--pointer-key", "d:{token}=hash:session", "--back-check", "hash:device", "--date",
            "expiry=hash:ends:s",
        ]
        var commands: [[Bytes]] = []
        for number in 0..<40 {
            let id = Bytes(number)
            if number % 4 != 0 {
                commands.append([
                    "HSET", "s:" + id, "device", id, "ends", number % 5 == 0 ? "1000000000" : "7000000000",
                ])
            }
            commands.append(["HSET", "u:" + id, "web", id, "app", Bytes(number + 1)])
            if number % 3 == 0 { commands.append(["HSET", "u:" + id, "name", "Ann"]) }
            if number % 6 == 0 { commands.append(["PEXPIREAT", "u:" + id, "7000000000000"]) }
            commands.append(["HSET", "d:" + id, "session", Bytes(number - number % 2)])
        }
        let report = try compare(layout, commands, "--include-expired")
        #expect((report.stat("orphaned_pointers_removed") ?? 0) > 20)
        #expect((report.stat("expired_dependents_removed") ?? 0) > 5)
    }

    @Test(arguments: ["", "hash:made:s", "json:made:s"])
    func `sessions go by their scores as from one server where both are in one slot`(other: String) throws {
        let layout = [
            "--layout", "custom", "--session-key", "s:{{{user}}}:{id}", "--index-key", "ends:{{{user}}}", "--date",
            "expiry=score:ends:{{{user}}}:ms",
        ]
        var commands: [[Bytes]] = []
        for number in 0..<40 {
            let (tag, id): (Bytes, Bytes) = ("{u\(number % 7)}", Bytes(number))
            let made: Bytes = number % 5 == 0 ? "1000000000" : "7000000000"
            let session = "s:" + tag + ":" + id
            commands.append(
                other.hasPrefix("hash")
                    ? ["HSET", session, "made", made] : ["SET", session, "{\"made\":" + made + "}"])
            guard number % 4 > 0 else { continue }
            commands.append(["ZADD", "ends:" + tag, number % 4 == 1 ? "1000000000000" : "7000000000000", id])
        }
        commands.append(["ZADD", "ends:{u0}", "1000000000000", "gone"])
        commands.append(["SET", "s:{none}:1", "{}"])
        let report = try compare(
            layout + (other.isEmpty ? [] : ["--date", "created=" + other]), commands, "--include-expired")
        #expect(report.stat("expired_sessions_removed") == (other.isEmpty ? 10 : 16))
        #expect(report.stat("orphaned_sessions_removed") == 1)
    }
}
