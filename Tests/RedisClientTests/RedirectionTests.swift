import Testing

@testable import RedisClient

struct RedirectionTests {
    private let node = NodeAddress(host: "10.0.0.1", port: 7000)

    @Test func `MOVED and ASK name the slot's node`() {
        #expect(
            Redirection("MOVED 3999 10.0.0.2:7001", from: node)
                == .moved(slot: 3_999, NodeAddress(host: "10.0.0.2", port: 7_001)))
        #expect(Redirection("ASK 1 fe80::1:7001", from: node) == .ask(NodeAddress(host: "fe80::1", port: 7_001)))
    }

    @Test func `a node without a name is on the host that answered`() {
        #expect(Redirection("ASK 5 :7002", from: node) == .ask(NodeAddress(host: "10.0.0.1", port: 7_002)))
        #expect(Redirection("ASK 5 ?:7002", from: node) == .ask(NodeAddress(host: "10.0.0.1", port: 7_002)))
    }

    @Test func `what passes by itself is told from what does not`() {
        #expect(Redirection("TRYAGAIN Multiple keys request during rehashing of slot", from: node) == .tryAgain)
        #expect(Redirection("CLUSTERDOWN Hash slot not served", from: node) == .clusterDown)
        for text in ["WRONGTYPE x", "MOVED", "MOVED 99999 a:1", "MOVED 1 a", "", "NOSCRIPT No matching script."] {
            #expect(Redirection(text, from: node) == nil, "\(text)")
        }
    }
}
