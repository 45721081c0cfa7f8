import RedisClient
import TestSupport
import Testing

@testable import SessionJanitor

/// A run that has made its plan and not yet carried it out, so that a test can change the data in between.
final class PlannedCleanup {
    let plan: CleanupPlan
    /// What became of the plan, once it was carried out.
    var results: RemovalTally { cleanup.found.results }

    private let cleanup: Cleanup
    private let connect: (AccessMode) throws -> any RedisPipeline

    init(
        _ layout: Layout, includesExpired: Bool, observer: any CleanupObserver = SilentObserver(),
        connect: @escaping (AccessMode) throws -> any RedisPipeline
    ) throws {
        self.connect = connect
        var options = CleanupOptions(
            layout: layout, includesExpired: includesExpired, grace: .zero)
        options.limits = SafetyLimits(allowsNoLiveSessions: true)
        cleanup = Cleanup(try connect(.readOnly), options: options, observer: observer)
        plan = try cleanup.makePlan()
    }

    func execute() throws -> CleanupReport {
        cleanup.execute(on: try connect(.readWrite))
    }
}

extension Store {
    func plan(includesExpired: Bool = false) throws -> PlannedCleanup {
        try PlannedCleanup(Layout(words: layout), includesExpired: includesExpired) { [redis] in
            try RedisConnection(to: redis.endpoint(), mode: $0, timeout: .seconds(20))
        }
    }
}

extension ClusterStore {
    func plan(includesExpired: Bool = false) throws -> PlannedCleanup {
        try PlannedCleanup(Layout(words: layout), includesExpired: includesExpired) { [cluster] in
            try ClusterConnection.open(to: Endpoint(url: cluster.url()), mode: $0, timeout: .seconds(20))
        }
    }
}

extension Layout {
    /// The layout that these words of the command line name, options and their values in turn.
    init(words: [String]) throws {
        let pairs = stride(from: 0, to: words.count, by: 2).map { (name: words[$0], value: words[$0 + 1]) }
        let options = pairs.compactMap { pair in
            LayoutOption.Name(rawValue: pair.name).map { LayoutOption($0, pair.value) }
        }
        let name = pairs.first { $0.name == "--layout" }?.value
        try self.init(name.map { try #require(BuiltInLayout(rawValue: $0)) } ?? .appauth, options: options)
    }
}
