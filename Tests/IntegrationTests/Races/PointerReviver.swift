import TestSupport

@testable import RedisClient

/// Lets sessions appear at the one moment that matters: after a run has missed them, before it takes their pointers out.
///
/// Nobody writes these pointers anew: they have to be put back.
struct PointerReviver {
    private(set) var rounds = 0
    private(set) var revivals = 0
    private(set) var complaints: [String] = []
    private let cluster: PrivateCluster
    private let client: ClusterClient
    private var random: SplitMix64

    private static let pause = Duration.milliseconds(200)
    private static let numbers = 1_000..<1_060

    init(_ cluster: PrivateCluster, seed: UInt64) {
        self.cluster = cluster
        client = ClusterClient(cluster)
        random = SplitMix64(seed: seed ^ 0x4e71)
    }

    /// Waits a while for a run that is about to remove something from one of the primaries.
    mutating func reviveOnce() throws {
        rounds += 1
        for number in PointerReviver.numbers { try client.call("SET", "t:\(number)", "\(number)") }
        guard let node = try cluster.presentPrimaries().randomElement(using: &random), let port = node.port else {
            return
        }
        let ports = try cluster.ports()
        func home(of key: Bytes) -> Int? { ports[KeySlot.of(key.raw)] }
        let candidates = PointerReviver.numbers.filter { home(of: "t:\($0)") == port && home(of: "s:\($0)") != port }
        let connection = try node.client()
        // What a run has read last while its grace time passes.
        guard try PausedNode.awaitCommand("mget", on: connection, within: .seconds(1)) else { return }
        let revived = try PausedNode(node: connection, limit: PointerReviver.pause).run { () throws -> [Int] in
            guard
                try PausedNode.awaitCommand("evalsha", on: connection, within: PointerReviver.pause, blocked: true)
            else { return [] }
            // One whose slot has moved meanwhile is answered with an error.
            let held = try connection.pipeline(candidates.map { ["GET", "t:\($0)"] })
            let there = zip(candidates, held).filter { $1.text == "\($0)" }.map(\.0)
            for number in there { try client.call("SET", "s:\(number)", "x") }
            return there
        }
        let deadline = Deadline(in: .seconds(15))
        for number in revived where try !comesBack(number, before: deadline) {
            complaints.append("session \(number) came to life in time and has lost its pointer")
        }
        revivals += revived.count
        for number in PointerReviver.numbers { try client.call("DEL", "s:\(number)") }
    }

    private func comesBack(_ number: Int, before deadline: Deadline) throws -> Bool {
        // What was held back has been carried out before this is asked for the first time.
        while true {
            if try client.call("GET", "t:\(number)").text == "\(number)" { return true }
            if deadline.hasPassed { return false }
        }
    }

    /// Leaves nothing behind.
    func cleanUp() throws {
        for number in PointerReviver.numbers {
            try client.call("DEL", "s:\(number)")
            try client.call("DEL", "t:\(number)")
        }
    }
}
