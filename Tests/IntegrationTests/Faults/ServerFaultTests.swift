import TestSupport
import Testing

/// What befalls the server in the middle of a run: nothing is lost, and the next run does the rest.
@Suite(.waiting) struct ServerFaultTests {
    @Test(arguments: ServerFault.all)
    func `a fault of the server loses nothing`(fault: ServerFault) throws {
        let scene = try FaultScene(fault.settings)
        let appauth = scene.appauth
        let proxy = try RedisProxy(to: appauth.redis) { words, count in
            guard words[0].text == fault.moment.command, count == fault.moment.number else { return .forward }
            try fault.strike(appauth)
            return .forward
        }
        let result = try scene.run(url: proxy.url)
        #expect(proxy.count(of: fault.moment.command) >= fault.moment.number)
        #expect(result.error.contains(fault.words))
        let client = try appauth.redis.client()
        try scene.expect(result, fault.ending, client: client) {
            try fault.mend(Store(on: appauth.redis, client: client))
        }
    }

    @Test func `a server that forgets every script at once is told of`() throws {
        let scene = try FaultScene()
        let client = scene.appauth.client
        let proxy = try RedisProxy(to: scene.appauth.redis) { words, _ in
            if words[0].text == "EVALSHA" { try client.call("SCRIPT", "FLUSH") }
            return .forward
        }
        let result = try scene.run(["--no-lock"], url: proxy.url)
        try scene.expect(result, .failed(["NOSCRIPT"]))
    }

    @Test(.needs(.handingOver), arguments: [("SCAN", 1), ("EVALSHA", 1), ("EVALSHA", 4)])
    func `a primary that becomes a replica refuses, and the new primary is cleaned`(
        command: String, number: Int
    ) throws {
        let scene = try FaultScene(["--repl-diskless-sync-delay", "0"], listensOnPort: true)
        let old = scene.appauth
        let port = try #require(old.redis.port)
        let new = try PrivateRedis(["--replicaof", "127.0.0.1", String(port)], listensOnPort: true)
        let newClient = try new.client()
        try Deadline.wait(for: "a replica with all the data") {
            try old.client.call("INFO", "replication").text?.contains("state=online") == true
                && (try newClient.ask("DBSIZE")) == (try old.client.ask("DBSIZE"))
        }
        let proxy = try RedisProxy(to: old.redis) { words, count in
            guard words[0].text == command, count == number else { return .forward }
            try old.client.call("FAILOVER")
            try Deadline.wait(for: "the failover") {
                try old.client.call("INFO", "replication").text?.contains("role:slave") == true
                    && (try newClient.call("INFO", "replication")).text?.contains("role:master") == true
            }
            return .forward
        }
        let result = try scene.run(url: proxy.url)
        #expect(result.error.contains("; it is a replica; use the primary"))
        // The lock has come along; on the old primary it could not be given back.
        try scene.expect(result, .failed(["READONLY"]), client: newClient, url: new.url) {
            try newClient.call("DEL", Unattended.lockKey)
        }
    }
}
