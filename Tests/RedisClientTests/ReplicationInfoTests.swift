import Testing

@testable import RedisClient

struct ReplicationInfoTests {
    @Test func `a primary names its replicas`() {
        let info = ReplicationInfo(
            reply: "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
                + "slave0:ip=10.0.0.2,port=6380,state=online,offset=14,lag=1\r\n"
                + "slave1:ip=fe80::2,port=6381,state=wait_bgsave,offset=0,lag=0\r\n"
                + "master_replid:abc\r\nmaster_repl_offset:42\r\n")
        #expect(info.role == "master")
        #expect(info.history == "abc")
        #expect(info.offset == 42)
        #expect(
            info.replicas == [
                .init(address: NodeAddress(host: "10.0.0.2", port: 6_380), isOnline: true, lag: 1),
                .init(address: NodeAddress(host: "fe80::2", port: 6_381), isOnline: false, lag: 0),
            ])
    }

    @Test func `a replica says how it stands to its primary`() {
        let info = ReplicationInfo(
            reply: "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n"
                + "master_sync_in_progress:1\r\nslave_repl_offset:40\r\nslave_priority:100\r\n")
        #expect(info.role == "slave")
        #expect(info.isLinkUp)
        #expect(info.secondsSinceLastWord == 3)
        #expect(info.isSynchronising)
        #expect(info.replicaOffset == 40)
        #expect(info.replicas.isEmpty)
    }

    @Test func `what is not said is not made up`() {
        let info = ReplicationInfo(reply: "slave0:nonsense\r\nslave1:ip=a\r\nmaster_repl_offset:x\r\n")
        #expect(info.replicas.isEmpty)
        #expect(info.offset == nil)
        #expect(!info.isLinkUp)
    }
}
