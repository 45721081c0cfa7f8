import RedisClient

/// The loop for all that is done in batches: as many items at a time as the server is to be busy with, the next batch on its
/// way while one is dealt with, and the pauses that are wanted in between.
final class Batches {
    let pacer: Pacer
    private(set) var sizer: BatchSizer
    /// Whether sizes are asked for before values, and so one batch at a time is on its way: where the server may evict, elsewhere from the first large answer on.
    private(set) var asksSizes: Bool

    private let connection: any RedisPipeline
    private let readsValues: Bool
    private let checkpoint: () throws -> Void
    private var pipelining = Pipelining()

    /// Without a `sizer` values are read, of which nothing is known. `checkpoint` is called after each
    /// batch; what it throws ends the work.
    init(
        _ connection: any RedisPipeline, _ pacer: Pacer, _ sizer: BatchSizer? = nil,
        checkpoint: @escaping () throws -> Void
    ) {
        self.connection = connection
        self.pacer = pacer
        self.sizer = sizer ?? pacer.valueSizer
        self.checkpoint = checkpoint
        readsValues = sizer == nil
        asksSizes = readsValues && pacer.bound.evicts
    }

    private struct Awaited<Batch> {
        var batch: Batch
        var count: Int
        var departure: Pipelining.Departure
        /// What the batch has taken so far; nil where that was not measured.
        var spent: Duration? = .zero
    }

    /// `send` appends the commands of the next batch, of `limit` items at most; nil where nothing is left. `follow` takes
    /// in its answers; the batch that it returns, whose commands it has appended, is what they led to.
    func run<Batch>(
        send: (_ limit: Int) throws -> (batch: Batch, count: Int)?, follow: (Batch) throws -> Batch?
    ) throws {
        var awaited: [Awaited<Batch>] = []
        var isEarly = false
        while true {
            while awaited.count < (isEarly && !asksSizes ? 2 : 1) {
                let departure = pipelining.departure(isAlone: connection.unanswered == 0)
                guard let (batch, count) = try send(sizer.size) else { break }
                try connection.flush()
                awaited.append(Awaited(batch: batch, count: count, departure: departure))
            }
            guard !awaited.isEmpty else { return }
            var done = awaited.removeFirst()
            let next = try follow(done.batch)
            let took = pipelining.arrival(of: done.departure)
            done.spent = done.departure.isMeasured ? done.spent.map { $0 + took } : nil
            if let next {
                done.batch = next
                done.departure = pipelining.departure(isAlone: awaited.isEmpty)
                try connection.flush()
                awaited.append(done)
            } else if let spent = done.spent {
                sizer.record(count: done.count, seconds: pacer.serverSeconds(spent))
            }
            isEarly = pipelining.isNextEarly(pacer)
            try checkpoint()
            try pacer.rest(after: took, checkpoint)
        }
    }

    /// The same where answers lead to nothing more.
    func run<Batch>(
        send: (_ limit: Int) throws -> (batch: Batch, count: Int)?, receive: (Batch) throws -> Void
    ) throws {
        try run(
            send: send,
            follow: { batch in
                try receive(batch)
                return nil
            })
    }

    /// Takes in that the answers of `count` items had so many bytes.
    func note(_ count: Int, bytes: Int) {
        sizer.record(count: count, bytes: bytes)
        if readsValues, pacer.bound.isLarge(bytes) { asksSizes = true }
    }
}

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

/// Keeps the server busy while replies are dealt with, and still learns how long its work takes.
///
/// A reply that has waited for us tells nothing about the server. So only a command that was sent while no other was
/// unanswered is measured, and now and then a round does without overlap for that sake.
struct Pipelining {
    /// When a command left, and whether its answer may be used as a measurement.
    struct Departure {
        fileprivate let time: ContinuousClock.Instant
        let isMeasured: Bool
    }

    private var round = 0
    /// The first rounds find the size of a batch, later ones follow changes.
    private static let roundsToLearn = 8
    private static let roundsBetween = 16

    /// Call before a command is sent: the server may have answered by the time that sending returns. `isAlone` says
    /// that no other command is unanswered.
    func departure(isAlone: Bool) -> Departure {
        Departure(time: .now, isMeasured: isAlone)
    }

    /// The time from the departure until now.
    func arrival(of departure: Departure) -> Duration {
        .now - departure.time
    }

    /// Whether the next batch should leave before this one is dealt with; call once a round.
    mutating func isNextEarly(_ pacer: Pacer) -> Bool {
        round += 1
        return pacer.overlaps && round > Pipelining.roundsToLearn && round % Pipelining.roundsBetween != 0
    }
}
