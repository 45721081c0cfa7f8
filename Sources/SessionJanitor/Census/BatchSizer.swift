import RedisClient

/// Finds how many items one command may carry, so that it keeps the server busy for about a given time.
struct BatchSizer {
    private(set) var size: Int
    private let target: Double
    private let limits: ClosedRange<Int>
    /// What the answers of one batch may come to.
    private let mostBytes: Double
    /// How long an answer is about, rather too long than too short.
    private var bytesEach = 0.0
    /// Estimated seconds an item; nil before the first measurement.
    private var cost: Double?

    /// `target` is the time one batch may take, `bytes` what its answers may come to.
    init(target: Duration, initial: Int, limits: ClosedRange<Int>, bytes: Int = .max) {
        mostBytes = Double(bytes)
        self.target = target / .seconds(1)
        self.limits = limits
        size = min(max(initial, limits.lowerBound), limits.upperBound)
    }

    /// Takes in that a batch of `count` items took `seconds`, the way there and back not included.
    ///
    /// A batch that was slow counts less than a quick one: on a busy machine most of the slowness is waiting for the
    /// processor, and shrinking with every such wait would end in one item a batch.
    mutating func record(count: Int, seconds: Double) {
        guard count > 0 else { return }
        let sample = max(seconds, 0) / Double(count)
        let former = cost ?? sample
        let weight = sample < former ? 0.5 : 0.1
        let estimate = former + (sample - former) * weight
        cost = estimate
        let wanted = estimate > 0 ? target / estimate : Double(limits.upperBound)
        // At most twice as many as before: one lucky measurement must not cause a stall.
        let bounded = min(wanted, Double(size) * 2, Double(limits.upperBound))
        size = max(limits.lowerBound, Int(clamping: bounded))
        bindBytes()
    }

    /// Takes in that the answers of `count` items had so many bytes: larger ones count at once, smaller ones in time.
    mutating func record(count: Int, bytes: Int) {
        guard count > 0 else { return }
        let sample = Double(bytes) / Double(count)
        bytesEach = max(sample, bytesEach + (sample - bytesEach) / 8)
        bindBytes()
    }

    private mutating func bindBytes() {
        guard bytesEach > 0 else { return }
        size = max(min(size, Int(clamping: mostBytes / bytesEach)), 1)
    }
}
