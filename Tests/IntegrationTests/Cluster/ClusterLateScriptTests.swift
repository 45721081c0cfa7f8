import Foundation
import RedisClient
import Synchronization
import TestSupport
import Testing

@testable import SessionJanitor

/// A node of a cluster that hangs longer than we wait comes to our scripts when sessions may be back: it takes nothing out.
@Suite(.needs(.clusterPort)) struct ClusterLateScriptTests {
    private let store: ClusterStore
    private let connection: ClusterConnection

    init() throws {
        // None of the nodes is to be taken for dead meanwhile.
        store = try ClusterStore([], arguments: ["--cluster-node-timeout", "30000"])
        connection = try ClusterConnection.open(
            to: Endpoint(url: store.cluster.url()), mode: .readWrite, timeout: .milliseconds(500),
            retries: RetryPolicy(pauses: []))
    }

    /// Lets a session come to life, and then the node go on that hangs with a script for it under way.
    private func resume(_ node: PrivateRedis, afterComingToLife session: Bytes) throws {
        try store.write(["SET", session, "x"])
        node.thaw()
        // The one that was in time is the first.
        try Deadline.wait(for: "the script") { try ClusterAppauth.calls(of: "evalsha", on: node) == 2 }
    }

    @Test(arguments: [IndexType.sortedSet, .set, .list])
    func `entries stay whose node comes to them too late`(type: IndexType) throws {
        let session = try store.key(notWith: "index") { "s:\($0)" }
        func fill() throws {
            switch type {
            case .sortedSet: try store.write(["ZADD", "index", "1", "m"])
            case .set: try store.write(["SADD", "index", "m"])
            case .list: try store.write(["RPUSH", "index", "m"])
            }
        }
        let removal = ClusterEntryRemoval(connection)
        let share = RemovalJournal.Share(
            indexKey: Array("index".utf8), type: type, members: [Array("m".utf8)], scores: [1],
            sessionKeys: [[session.raw]])
        try fill()
        #expect(try removal.remove([share]).verdicts == [[1]])
        try fill()
        let before = try store.client.call("DUMP", "index").bytes
        let node = try store.owner(of: "index")
        node.freeze()
        let answer = try removal.remove([share])
        #expect(answer.verdicts == [[nil]])
        #expect(answer.uncertain == 1)
        try resume(node, afterComingToLife: session)
        #expect(try store.client.call("DUMP", "index").bytes == before)
    }

    @Test(arguments: [nil, "f"] as [String?])
    func `keys and fields stay whose node comes to them too late`(field: String?) throws {
        let session = try store.key(notWith: "cur:a") { "s:\($0)" }
        let id = session.text.dropFirst(2)
        let layout = try Layout(
            .custom,
            options: [
                LayoutOption(.sessionKey, "s:{id}"),
                LayoutOption(.pointerKey, field == nil ? "cur:{user}" : "cur:{user}=hash:f"),
            ])
        func fill() throws {
            try store.write(
                field == nil ? ["SET", "cur:a", Bytes(String(id))] : ["HSET", "cur:a", "f", Bytes(String(id))])
        }
        var namer = DependentNamer(layout)
        let item = Array("a".utf8).withUnsafeBytes { stem in
            Array(id.utf8).withUnsafeBytes { value in
                PlannedDependent(
                    DependentLog.Item(kind: .pointer, template: 0, reason: .orphaned, stem: stem, value: value),
                    key: Array("cur:a".utf8), layout, &namer)
            }
        }
        let removal = ClusterDependentRemoval(connection, retries: RetryPolicy(pauses: []))
        try fill()
        #expect(removal.remove([item], proof: .none).verdicts == [1])
        try fill()
        let before = try store.client.call("DUMP", "cur:a").bytes
        let (node, other) = (try store.owner(of: "cur:a"), try store.owner(of: session))
        let looks = try ClusterAppauth.calls(of: "pttl", on: node)
        // The node has to hang after it has told what is looked at first; until then the look at the session takes.
        other.freeze()
        let failure = Mutex<String?>("not yet")
        Thread.detachNewThread {
            do {
                try Deadline.wait(for: "the copy") { try ClusterAppauth.calls(of: "pttl", on: node) > looks }
                node.freeze()
                other.thaw()
                failure.withLock { $0 = nil }
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
        }
        let answer = removal.remove([item], proof: .none)
        #expect(failure.withLock { $0 } == nil)
        #expect(answer.verdicts == [nil])
        #expect(answer.lost == [0])
        try resume(node, afterComingToLife: session)
        #expect(try store.client.call("DUMP", "cur:a").bytes == before)
    }
}
