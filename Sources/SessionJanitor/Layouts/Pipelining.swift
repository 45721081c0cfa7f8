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
