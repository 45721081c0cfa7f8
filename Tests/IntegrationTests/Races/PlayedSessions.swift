import TestSupport

/// What the application knows of one of its sessions.
struct PlayedSession: Sendable {
    var id: Bytes
    var user: Int
    /// Of its entry; a login that follows another one has a higher score.
    var score: Bytes
    /// Until then it is there for certain, if nobody ends it; nil if it has no TTL.
    var livesUntil: ContinuousClock.Instant?
    var written = ContinuousClock.now
    /// Its dates are such that the policy lets it go.
    var isOutdated = false

    /// `token` is the session's alone.
    init(token: String, user: Int, score: Int) {
        self.user = user
        self.score = "17\(score).5"
        id = Bytes(PlayedSession.isTogether(user) ? "{u\(user)}-\(token)" : token)
    }

    /// Whether all keys of the user's are in one slot of a cluster.
    private static func isTogether(_ user: Int) -> Bool { user % 5 == 0 }

    var userName: Bytes { Bytes(PlayedSession.isTogether(user) ? "{u\(user)}" : "u\(user)") }
    var key: Bytes { Appauth.session(id) }
    /// A value that no age limit reaches.
    var undated: Bytes { "{\"email\": \"\(userName.text)\"}" }
    var index: PlayedIndex { PlayedIndex.allCases[user % PlayedIndex.allCases.count] }
}

/// The sessions of which the application believes that they are there: found by id and by user, and drawn at random.
///
/// Arrays, not sets, are drawn from: their order is the same in every process.
struct PlayedSessions {
    private var sessions: [PlayedSession] = []
    private var positions: [Bytes: Int] = [:]
    private var ofUser: [Int: [Bytes]] = [:]

    var count: Int { sessions.count }
    var all: [PlayedSession] { sessions }

    subscript(_ id: Bytes) -> PlayedSession? { positions[id].map { sessions[$0] } }

    func ids(ofUser user: Int) -> [Bytes] { ofUser[user, default: []] }

    func random(_ random: inout SplitMix64) -> PlayedSession? { sessions.randomElement(using: &random) }

    /// Takes in a session, or what has changed about it.
    mutating func put(_ session: PlayedSession) {
        if let position = positions[session.id] {
            sessions[position] = session
        } else {
            positions[session.id] = sessions.count
            sessions.append(session)
            ofUser[session.user, default: []].append(session.id)
        }
    }

    mutating func remove(_ id: Bytes) {
        guard let position = positions.removeValue(forKey: id) else { return }
        ofUser[sessions[position].user]?.removeAll { $0 == id }
        let last = sessions.removeLast()
        guard position < sessions.count else { return }
        sessions[position] = last
        positions[last.id] = position
    }
}
