import TestSupport

/// What an application has begun and will go on with later.
struct PendingSteps {
    struct Step {
        var due: ContinuousClock.Instant
        var run: () throws -> Void

        func waitUntilDue() throws {
            try Deadline.wait(for: "the rest of a login") { due <= .now }
        }
    }

    /// The next one last.
    private var steps: [Step] = []

    mutating func add(after pause: Duration, _ run: @escaping () throws -> Void) {
        let step = Step(due: .now + pause, run: run)
        let place = steps.firstIndex { $0.due <= step.due } ?? steps.count
        steps.insert(step, at: place)
    }

    /// What is due by now, once.
    mutating func takeDue() -> (() throws -> Void)? {
        guard let next = steps.last, next.due <= .now else { return nil }
        return steps.removeLast().run
    }

    mutating func takeNext() -> Step? { steps.popLast() }
}
