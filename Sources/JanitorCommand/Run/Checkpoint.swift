import SessionJanitor

/// What is asked between two batches: whether to go on.
struct Checkpoint {
    private let deadline: ContinuousClock.Instant?

    /// `runTime` begins now.
    init(runTime: Duration?) {
        deadline = runTime.map { .now + $0 }
    }

    func check() throws(RunStop) {
        if let signal = Interruption.signal { throw .signal(signal) }
        if let deadline, .now >= deadline { throw .timeIsUp }
    }
}
