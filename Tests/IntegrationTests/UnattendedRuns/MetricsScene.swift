import TestSupport

/// A server with one orphaned entry, and a folder for the metrics of runs on it.
struct MetricsScene {
    let appauth: Store
    let folder: TemporaryFolder

    init() throws {
        appauth = try Store.withOrphan()
        folder = try TemporaryFolder()
    }

    var path: String { folder.file("session_janitor.prom") }

    func run(
        _ arguments: [String] = [], command: String = "clean", path: String? = nil, url: String? = nil,
        prelude: String? = nil
    ) throws -> JanitorResult {
        try JanitorProcess.run(
            [command, "--grace", "0", "--metrics-file", path ?? self.path] + arguments,
            environment: ["REDIS_URL": url ?? appauth.redis.url], prelude: prelude)
    }
}
