import TestSupport

/// What the application knows of one of its sessions.
struct PlayedSession {
    var id: Bytes
    var user: Int
    /// Until then it is there for certain, if nobody ends it; nil if it has no TTL.
    var livesUntil: ContinuousClock.Instant?
    /// Its dates are such that the policy lets it go.
    var isOutdated = false

    var key: Bytes { Appauth.session(id) }
    var indexKey: Bytes { PlayedIndex.key(user: user) }
    var index: PlayedIndex { PlayedIndex(user: user) }

    /// Whether nothing but the application may end it at this moment.
    func hasToExist(at moment: ContinuousClock.Instant) -> Bool {
        !isOutdated && (livesUntil.map { moment < $0 } ?? true)
    }
}
