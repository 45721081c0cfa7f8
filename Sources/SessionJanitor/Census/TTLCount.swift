/// Of which sessions a run asks whether they have a TTL.
enum TTLCount: Equatable {
    case none
    case all
    /// Of one in 2 to the power of `shift`, chosen by their hashes.
    case sample(shift: Int)

    /// So many keys are asked about where that is not what the run is for.
    private static let sampleSize = 20_000
    /// Where the server does not say how many keys it has.
    private static let usualShift = 6

    /// A sample for a server with so many keys, nil if unknown; a small server's is all of them.
    init(sampleOf keys: Int?) {
        guard let keys else {
            self = .sample(shift: TTLCount.usualShift)
            return
        }
        var shift = 0
        while keys >> shift > TTLCount.sampleSize { shift += 1 }
        self = .sample(shift: shift)
    }

    /// A session is in the sample if its hash has none of these bits.
    var sampleMask: UInt64? {
        if case .sample(let shift) = self { UInt64(1) << UInt64(shift) - 1 } else { nil }
    }
}
