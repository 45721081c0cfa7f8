import Foundation
import RedisClient
import Synchronization
import TestSupport
import Testing

@testable import SessionJanitor

/// A node of a cluster that hangs longer than we wait comes to our scripts when sessions may be back: it takes nothing out.
@Suite(.waiting, .needs(.clusterPort)) struct ClusterLateScriptTests {
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
        try Deadline.wait(for: "the script") { try node.calls(of: "evalsha") == 2 }
    }

    @Test(arguments: IndexType.allCases)
    func `entries stay whose node comes to them too late`(type: IndexType) throws {
        let session = try store.key(notWith: "index") { "s:\($0)" }
        func fill() throws {
            switch type {
            case .sortedSet: try store.write(["ZADD", "index", "1", "m"])
            case .set: try store.write(["SADD", "index", "m"])
            case .list: try store.write(["RPUSH", "index", "m"])
            case .hash: try store.write(["HSET", "index", "m", "v"])
            }
        }
        let tried = TriedRemoval(connection)
        let removal = CrossSlotRemoval(connection, tried.script, retries: RetryPolicy(pauses: []))
        func remove() throws -> RemovalTally.Outcome? {
            var item = TriedRemoval.item(
                .entry, "index", .member(type), session: session, member: "m", score: type == .sortedSet ? 1 : nil)
            item.isCrossSlot = true
            var items = [try tried.reading(item)]
            node = try store.owner(of: "index")
            if freezes { node?.freeze() }
            _ = try removal.remove(&items, [0])
            return items[0].outcome
        }
        var node: PrivateRedis?
        var freezes = false
        try fill()
        #expect(try remove() == .removed)
        try fill()
        let before = try store.client.call("DUMP", "index").bytes
        freezes = true
        #expect(try remove() == .uncertain)
        try resume(try #require(node), afterComingToLife: session)
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
        var builder = RemovalItems(layout, connection)
        let item = Array("a".utf8).withUnsafeBytes { stem in
            Array(id.utf8).withUnsafeBytes { value in
                builder.dependent(
                    Removal(kind: .pointer, reason: .orphaned, template: 0, stem: stem, value: value))
            }
        }
        #expect(item.isCrossSlot)
        let tried = TriedRemoval(connection)
        let removal = CrossSlotRemoval(connection, tried.script, retries: RetryPolicy(pauses: []))
        func remove() throws -> RemovalTally.Outcome? {
            var items = [try tried.reading(item)]
            _ = try removal.remove(&items, [0])
            return items[0].outcome
        }
        try fill()
        #expect(try remove() == .removed)
        try fill()
        let before = try store.client.call("DUMP", "cur:a").bytes
        let (node, other) = (try store.owner(of: "cur:a"), try store.owner(of: session))
        let looks = try node.calls(of: "pttl")
        // The node has to hang after it has told what is looked at first; until then the look at the session takes.
        other.freeze()
        let failure = Mutex<String?>("not yet")
        Thread.detachNewThread {
            do {
                try Deadline.wait(for: "the copy") { try node.calls(of: "pttl") > looks }
                node.freeze()
                other.thaw()
                failure.withLock { $0 = nil }
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
        }
        #expect(try remove() == .uncertain)
        #expect(failure.withLock { $0 } == nil)
        try resume(node, afterComingToLife: session)
        #expect(try store.client.call("DUMP", "cur:a").bytes == before)
    }
}
