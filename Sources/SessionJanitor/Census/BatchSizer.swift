import RedisClient

/// Finds how many items one command may carry, so that it keeps the server busy for about a given time.
struct BatchSizer {
    private(set) var size: Int
    private let target: Double
    private let limits: ClosedRange<Int>
    /// Estimated seconds an item; nil before the first measurement.
    private var cost: Double?

    /// `target` is the time one batch may take.
    init(target: Duration, initial: Int, limits: ClosedRange<Int>) {
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
    }
}
