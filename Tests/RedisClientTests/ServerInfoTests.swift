import Testing

@testable import RedisClient

struct ServerInfoTests {
    @Test
    func `version, mode and run id are found among the other lines`() {
        let info = ServerInfo(
            reply: "# Server\r\nredis_version:7.2.4\r\nredis_git_sha1:00000000\r\nredis_mode:standalone\r\n"
                + "os:Linux 6.1 x86_64\r\nrun_id:0123456789abcdef0123456789abcdef01234567\r\ntcp_port:6379\r\n"
                + "executable:/usr/bin/redis-server\r\nconfig_file:\r\n")
        #expect(info.version == "7.2.4")
        #expect(info.mode == "standalone")
        #expect(info.runIdentifier == "0123456789abcdef0123456789abcdef01234567")
    }

    @Test(arguments: ["", "\r\n", "# Server", "redis_version", "x:y"])
    func `what the server does not say is not known`(text: String) {
        #expect(ServerInfo(reply: text) == ServerInfo())
        #expect(ServerInfo(reply: text).version == nil)
    }

    @Test
    func `a value goes to the end of its line, colons included, and lines may end in a line feed alone`() {
        let info = ServerInfo(reply: "redis_version:7:2:4\nredis_mode:cluster\nxrun_id:no")
        #expect(info.version == "7:2:4")
        #expect(info.mode == "cluster")
        #expect(info.runIdentifier == nil)
    }

    @Test
    func `Valkey is called by its own name and version`() {
        let info = ServerInfo(
            reply: "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nserver_mode:standalone\r\n")
        #expect(info.name == "Valkey 8.1.1")
        #expect(info.mode == "standalone")
        #expect(ServerInfo(reply: "redis_version:7.2.4").name == "Redis 7.2.4")
        #expect(ServerInfo().name == nil)
    }
}
