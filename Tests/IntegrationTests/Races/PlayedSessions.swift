import TestSupport

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
