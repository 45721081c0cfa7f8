import TestSupport

@testable import RedisClient

/// Moves slots with their keys from primary to primary, and lets replicas take over in between.
struct ClusterChanges {
    private(set) var moves = 0
    private(set) var failOvers = 0
    private let cluster: PrivateCluster
    /// So many replicas take over.
    private let mostFailOvers: Int
    private var random: SplitMix64

    private static let movesBetweenFailOvers = 4

    init(_ cluster: PrivateCluster, seed: UInt64, failOvers: Int) {
        self.cluster = cluster
        mostFailOvers = min(failOvers, cluster.replicas.count)
        random = SplitMix64(seed: seed ^ 0x5107)
    }

    /// Whether there has been all that there is to be at the least.
    var isEnough: Bool { failOvers == mostFailOvers && moves > mostFailOvers * ClusterChanges.movesBetweenFailOvers }

    mutating func changeOnce() throws {
        if failOvers < mostFailOvers, moves >= (failOvers + 1) * ClusterChanges.movesBetweenFailOvers {
            try cluster.failOver(failOvers)
            failOvers += 1
            return
        }
        // Of slots most are empty; one with a key is what matters.
        let primaries = try cluster.presentPrimaries().shuffled(using: &random)
        guard let key = try primaries[0].client().call("RANDOMKEY").bytes else { return }
        try cluster.move(slot: KeySlot.of(key.raw), to: primaries[1])
        moves += 1
    }
}
