import TestSupport

/// A cluster; read as if its nodes were one.
struct ClusterHost: KeyspaceHost {
    let databases = 1
    let arguments: [String] = []
    let cluster: PrivateCluster
    private let router: ClusterClient
    private let primaries: [TestClient]

    init(_ cluster: PrivateCluster) throws {
        self.cluster = cluster
        router = ClusterClient(cluster)
        primaries = try cluster.primaries.map { try $0.client() }
    }

    func url(database: Int) -> String { cluster.url() }

    func empty() throws {
        for primary in primaries { try primary.call("FLUSHALL") }
    }

    func write(_ commands: [[Bytes]], to database: Int) throws {
        try router.run(commands)
    }

    func snapshot(of database: Int) throws -> Snapshot {
        var joined = try Snapshot(primaries[0])
        for primary in primaries.dropFirst() {
            for (key, value) in try Snapshot(primary).keys { joined[key] = value }
        }
        return joined
    }

    func time() throws -> Int {
        Int(try primaries[0].call("TIME").strings[0].text) ?? 0
    }
}
