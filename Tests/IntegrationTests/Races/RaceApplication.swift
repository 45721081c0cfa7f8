import TestSupport

/// Plays the application: logins, log-outs and renewals by several clients, out of one seeded generator.
///
/// It is also the oracle: it knows which sessions have to be there and to be listed, and ``complaints`` says what was not.
final class RaceApplication {
    private(set) var operations = 0
    private(set) var complaints: [String] = []
    /// Logins that were held up for longer than the grace time allows: of these nothing can be said.
    private(set) var brokenPromises = 0
    private(set) var sessions = PlayedSessions()
    /// Entries that were out for a moment and came back.
    private(set) var returns = 0
    /// Sessions that were there and not listed at a log-out everywhere, and that had to be ended apart.
    private(set) var missedLogOuts = 0

    private let clients: [any KeyedClient]
    private let grace: Duration
    private let population: Int
    private let users: Int
    private let now: Int
    private var patience: Duration
    private var random: SplitMix64

    /// Ids of sessions that have ended; some come back.
    private var ended: [PlayedSession] = []
    private var pending = PendingSteps()
    /// Logins under way, by user: who logs out everywhere waits for them.
    private var underWay: [Int: Int] = [:]
    /// Sessions whose entry is out; they stay until it is back.
    private var watched: Set<Bytes> = []
    private var counter = 0

    /// What the server may be late with ending a session, and early by its clock.
    private static let clockMargin = Duration.milliseconds(50)

    /// `now` is the server's time; `population` is about how many sessions there are at a time; `patience` is how long
    /// an entry may be out while its session is there. On a single server it never may.
    init(
        clients: [any KeyedClient], seed: UInt64, grace: Duration, population: Int, now: Int, patience: Duration = .zero
    ) {
        self.clients = clients
        self.grace = grace
        self.population = population
        self.now = now
        self.patience = patience
        users = population / 4
        random = SplitMix64(seed: seed)
    }

    /// Plays until `isOver`, which is told the number of operations so far.
    func play(until isOver: (Int) -> Bool) throws {
        while !isOver(operations), complaints.count < 10 {
            if let step = pending.takeDue() {
                try step()
            } else {
                operations += 1
                try operate()
            }
        }
    }

    /// Finishes the logins that are under way, and makes every session last. From now on nothing may be out.
    func settle() throws {
        while let step = pending.takeNext() {
            try step.waitUntilDue()
            try step.run()
        }
        patience = .zero
        for var session in sessions.all {
            _ = try send(["PERSIST", session.key], about: session.key)
            if try send(["EXISTS", session.key], about: session.key) == .integer(1) {
                session.livesUntil = nil
                sessions.put(session)
            } else {
                try noteAbsence(of: session)
            }
        }
    }

    /// Looks at every session.
    func checkAll() throws {
        for session in sessions.all { try check(session) }
    }

    // MARK: One operation

    private func operate() throws {
        let chance = Int.random(in: 0..<100, using: &random)
        let isCrowded = sessions.count >= population
        switch chance {
        case 0..<30 where !isCrowded: try logIn(sessionFirst: newSession())
        case 30..<50 where !isCrowded: try logIn(indexFirst: newSession())
        case 0..<24: try logOut(leavingIndex: true)
        case 24..<48: try logOut(leavingIndex: false)
        case 48..<50: try logOutEverywhere()
        case 50..<62: try comeBack()
        case 62..<80: try renew()
        default:
            if let session = sessions.random(&random) { try check(session) }
        }
    }

    private func newSession() -> PlayedSession {
        counter += 1
        let id = Bytes("\(String(random.next(), radix: 36))-\(counter)")
        return PlayedSession(id: id, user: Int.random(in: 0..<users, using: &random))
    }

    private func logIn(sessionFirst session: PlayedSession) throws {
        var session = session
        try write(&session)
        underWay[session.user, default: 0] += 1
        let written = session
        pending.add(after: .microseconds(Int.random(in: 0..<5_000, using: &random))) { [unowned self] in
            try list(written)
            finish(written)
        }
    }

    private func logIn(indexFirst session: PlayedSession) throws {
        let listed = ContinuousClock.now
        try list(session)
        underWay[session.user, default: 0] += 1
        pending.add(after: grace * Double.random(in: 0...0.5, using: &random)) { [unowned self] in
            var session = session
            try write(&session)
            finish(session)
            guard ContinuousClock.now - listed >= grace else { return }
            // This process was held up: a login that takes so long is not promised anything.
            brokenPromises += 1
            try end(session, leavingIndex: false)
        }
    }

    private func logOut(leavingIndex: Bool) throws {
        guard let session = sessions.random(&random), !watched.contains(session.id) else { return }
        try end(session, leavingIndex: leavingIndex)
    }

    private func logOutEverywhere() throws {
        let user = Int.random(in: 0..<users, using: &random)
        guard underWay[user, default: 0] == 0, watched.isDisjoint(with: sessions.ids(ofUser: user)) else { return }
        let key = PlayedIndex.key(user: user)
        let listed = try send(PlayedIndex(user: user).listing(key), about: key).strings
        for id in listed {
            let key = Appauth.session(id)
            _ = try send(["DEL", key], about: key)
        }
        _ = try send(["DEL", key], about: key)
        for id in sessions.ids(ofUser: user) {
            guard let session = sessions[id] else { continue }
            if !listed.contains(id), try send(["EXISTS", session.key], about: session.key) == .integer(1) {
                guard patience == .zero else {
                    missedLogOuts += 1
                    try end(session, leavingIndex: false)
                    continue
                }
                complain("\(session.key) was not listed when its user logged out everywhere")
            }
            forget(session)
        }
    }

    /// The same id once more. Its entry may be there still, and so the session has to be written first: an entry that
    /// was orphaned before may go at any moment.
    private func comeBack() throws {
        guard !ended.isEmpty else { return }
        let position = Int.random(in: 0..<ended.count, using: &random)
        ended.swapAt(position, ended.count - 1)
        let former = ended.removeLast()
        try logIn(sessionFirst: PlayedSession(id: former.id, user: former.user))
        // By then a run that took the entry out at this moment has put it back, or has forgotten it.
        pending.add(after: .milliseconds(50)) { [unowned self] in
            if let session = sessions[former.id] { try check(session) }
        }
    }

    private func renew() throws {
        guard var session = sessions.random(&random), !watched.contains(session.id) else { return }
        let isThere: Bool
        if session.livesUntil != nil, Bool.random(using: &random) {
            let lifetime = randomLifetime()
            let sent = ContinuousClock.now
            let reply = try send(["PEXPIRE", session.key, Bytes(lifetime)], about: session.key)
            session.livesUntil = sent + .milliseconds(lifetime) - RaceApplication.clockMargin
            isThere = reply == .integer(1)
        } else {
            let reply = try send(["SET", session.key, value(isOutdated: false), "XX"], about: session.key)
            isThere = reply != .null
            if isThere {
                session.isOutdated = false
                session.livesUntil = nil
            }
        }
        if isThere {
            sessions.put(session)
        } else if let known = sessions[session.id] {
            try noteAbsence(of: known)
        }
    }

    // MARK: Looking

    private func check(_ session: PlayedSession) throws {
        guard !watched.contains(session.id) else { return }
        let start = ContinuousClock.now
        guard try hasLostEntry(session) else { return }
        guard patience > .zero else { return complainOfLoss(session) }
        watched.insert(session.id)
        _ = try send(["PERSIST", session.key], about: session.key)
        watch(session, since: start)
    }

    /// Looks again and again whether the entry has come back, as long as patience lasts.
    private func watch(_ session: PlayedSession, since start: ContinuousClock.Instant) {
        pending.add(after: .milliseconds(5)) { [unowned self] in
            if try hasLostEntry(session) {
                if ContinuousClock.now - start < patience { return watch(session, since: start) }
                complainOfLoss(session)
            } else if sessions[session.id] != nil {
                returns += 1
            }
            watched.remove(session.id)
        }
    }

    private func complainOfLoss(_ session: PlayedSession) {
        complain("\(session.key) lives and has lost its entry")
    }

    /// The entry is asked for first: if the session is there afterwards, it was there all the time.
    private func hasLostEntry(_ session: PlayedSession) throws -> Bool {
        let answer = try send(session.index.asking(for: session.id, in: session.indexKey), about: session.indexKey)
        let exists = try send(["EXISTS", session.key], about: session.key) == .integer(1)
        if !exists { try noteAbsence(of: session) }
        return exists && !session.index.isThere(answer)
    }

    private func noteAbsence(of session: PlayedSession) throws {
        if session.hasToExist(at: .now) { complain("\(session.key) was removed, and the policy keeps it") }
        forget(session)
    }

    private func complain(_ text: String) {
        complaints.append("after \(operations) operations: \(text)")
    }

    // MARK: Steps

    private func write(_ session: inout PlayedSession) throws {
        session.isOutdated = Int.random(in: 0..<8, using: &random) == 0
        var command: [Bytes] = ["SET", session.key, value(isOutdated: session.isOutdated)]
        let lifetime = randomLifetime()
        let isShort = Int.random(in: 0..<3, using: &random) == 0
        if isShort { command += ["PX", Bytes(lifetime)] }
        let sent = ContinuousClock.now
        _ = try send(command, about: session.key)
        session.livesUntil = isShort ? sent + .milliseconds(lifetime) - RaceApplication.clockMargin : nil
    }

    private func list(_ session: PlayedSession) throws {
        _ = try client().send(session.index.adding(session.id, to: session.indexKey), about: session.indexKey)
    }

    private func finish(_ session: PlayedSession) {
        underWay[session.user, default: 0] -= 1
        sessions.put(session)
    }

    private func end(_ session: PlayedSession, leavingIndex: Bool) throws {
        _ = try send(["DEL", session.key], about: session.key)
        if !leavingIndex {
            _ = try send(session.index.removing(session.id, from: session.indexKey), about: session.indexKey)
        }
        forget(session)
    }

    private func forget(_ session: PlayedSession) {
        sessions.remove(session.id)
        if ended.count < population { ended.append(session) }
    }

    private func randomLifetime() -> Int { Int.random(in: 60...2_000, using: &random) }

    /// No two values are the same, so that a renewal changes the value.
    private func value(isOutdated: Bool) -> Bytes {
        counter += 1
        return "{\"ts\": \(isOutdated ? now - 40 * 86_400 : now), \"n\": \(counter), \"email\": \"a@example.org\"}"
    }

    private func client() -> any KeyedClient {
        clients[Int.random(in: 0..<clients.count, using: &random)]
    }

    private func send(_ command: [Bytes], about key: Bytes) throws -> RedisValue {
        try client().send([command], about: key)[0]
    }
}
