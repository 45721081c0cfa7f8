import TestSupport

/// Plays the application: logins, log-outs and renewals, out of one seeded generator.
///
/// It is also the oracle: it knows which sessions have to be there and what has to hang on them, and complains of what is
/// lost.
final class RaceApplication {
    private(set) var operations = 0
    private(set) var sessions = PlayedSessions()

    private let scene: RaceScene
    private let clients: [any KeyedClient]
    private let tally: RaceTally
    private let grace: Duration
    private let population: Int
    private let users: Int
    private let now: Int
    private var patience: Duration
    private var random: SplitMix64

    /// Sessions that have ended; some come back.
    private var ended: [PlayedSession] = []
    private var pending = PendingSteps()
    /// Logins under way, by user: who logs out everywhere waits for them.
    private var underWay: [Int: Int] = [:]
    /// The session that a user's field names.
    private var current: [Int: Bytes] = [:]
    /// Sessions of which something is out; they stay until it is back.
    private var watched: Set<Bytes> = []
    private var counter = 0

    /// What the server may be late with ending a session, and early by its clock.
    private static let clockMargin = Duration.milliseconds(50)

    /// `now` is the server's time; `population` is about how many sessions there are at a time.
    init(
        _ scene: RaceScene, clients: [any KeyedClient], tally: RaceTally, seed: UInt64, grace: Duration,
        population: Int, now: Int
    ) {
        self.scene = scene
        self.clients = clients
        self.tally = tally
        self.grace = grace
        self.population = population
        self.now = now
        patience = scene.patience
        users = population / 4
        random = SplitMix64(seed: seed)
    }

    /// Plays until `isOver`, which is told the number of operations so far.
    func play(until isOver: (Int) -> Bool) throws {
        while !isOver(operations), tally.complaints.count < 10 {
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
            let (replies, sent) = try send([
                KeyedRequest(session.key, [["PERSIST", session.key], ["EXISTS", session.key]])
            ])
            if replies[0][1] == .integer(1) {
                session.livesUntil = nil
                session.written = sent
                sessions.put(session)
            } else {
                noteAbsence(of: session)
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
        case 30..<50 where !isCrowded: try logIn(newSession(), first: scene.things)
        case 0..<24: try logOut(leavingThings: true)
        case 24..<48: try logOut(leavingThings: false)
        case 48..<50: try logOutEverywhere()
        case 50..<62: try comeBack()
        case 62..<80: try renew()
        default:
            if let session = sessions.random(&random) { try check(session) }
        }
    }

    private func newSession() -> PlayedSession {
        counter += 1
        return PlayedSession(
            token: "\(String(random.next(), radix: 36))-\(counter)", user: Int.random(in: 0..<users, using: &random),
            score: counter)
    }

    private func logIn(sessionFirst session: PlayedSession) throws {
        guard let written = try write(session) else { return }
        later(of: session, after: .microseconds(Int.random(in: 0..<5_000, using: &random))) { [unowned self] in
            try finish(written, with: scene.things)
        }
    }

    /// Writes these things first, and then the session with the others; it is promised to be there within the grace time.
    private func logIn(_ session: PlayedSession, first things: [PlayedThing]) throws {
        let begun = ContinuousClock.now
        guard try write(things, of: session) else { return }
        later(of: session, after: grace * Double.random(in: 0...0.5, using: &random)) { [unowned self] in
            guard let session = try write(session) else { return }
            let isKept = ContinuousClock.now - begun < grace
            try finish(session, with: scene.things.filter { !things.contains($0) })
            guard !isKept else { return }
            // This process, or the server, was held up: a login that takes so long is not promised anything.
            tally.add(.brokenPromises)
            try end(session, leavingThings: false)
        }
    }

    private func logOut(leavingThings: Bool) throws {
        guard let session = sessions.random(&random), !watched.contains(session.id) else { return }
        try end(session, leavingThings: leavingThings)
    }

    private func logOutEverywhere() throws {
        let user = Int.random(in: 0..<users, using: &random)
        let known = sessions.ids(ofUser: user).compactMap { sessions[$0] }
        guard let one = known.first, underWay[user, default: 0] == 0, watched.isDisjoint(with: known.map(\.id)) else {
            return
        }
        let key = PlayedThing.entry.key(of: one)
        let replies = try send([KeyedRequest(key, transaction: [one.index.listing(key), ["DEL", key]])]).replies
        guard replies[0].last?.isOfFullServer != true else { return tally.add(.refusals) }
        let listed = replies[0].last?.elements.first?.strings ?? []
        tally.add(.entriesWritten, -listed.count)
        _ = try send(listed.map { KeyedRequest(Appauth.session($0), [["DEL", Appauth.session($0)]]) })
        for session in known {
            if !listed.contains(session.id), try exists(session) {
                guard patience == .zero else {
                    tally.add(.missedLogOuts)
                    try end(session, leavingThings: false)
                    continue
                }
                complain("\(session.key) was not listed when its user logged out everywhere")
            }
            forget(session)
        }
    }

    /// The same id once more. Things of it may be there still and may go at any moment, so the session has to be written
    /// first; of a sorted set alone the new entry is told from the old one. Some rely on what they find there.
    private func comeBack() throws {
        guard !ended.isEmpty else { return }
        ended.swapAt(Int.random(in: 0..<ended.count, using: &random), ended.count - 1)
        var session = ended.removeLast()
        counter += 1
        session = session.again(score: counter)
        switch Int.random(in: 0..<3, using: &random) {
        case 0 where session.index == .sortedSet: try logIn(session, first: [.entry])
        case 1:
            guard let written = try write(session) else { return }
            current[session.user] = scene.things.contains(.field) ? session.id : nil
            // What says that a user is there counts by when it was written.
            let missing = try missing(scene.things, of: written).things
            try finish(written, with: scene.things.filter { $0 == .presence || missing.contains($0) })
        default: try logIn(sessionFirst: session)
        }
        // By then a run that took the entry out at this moment has put it back, or has forgotten it.
        pending.add(after: .milliseconds(50)) { [unowned self] in
            if let session = sessions[session.id] { try check(session) }
        }
    }

    private func renew() throws {
        guard var session = sessions.random(&random), !watched.contains(session.id) else { return }
        let isRenewed: Bool
        if session.livesUntil != nil, Bool.random(using: &random) {
            let lifetime = randomLifetime()
            let (replies, sent) = try send([
                KeyedRequest(session.key, [["PEXPIRE", session.key, Bytes(lifetime)]])
            ])
            session.livesUntil = sent + .milliseconds(lifetime) - RaceApplication.clockMargin
            session.written = sent
            isRenewed = replies[0][0] == .integer(1)
        } else {
            let (replies, sent) = try send([
                KeyedRequest(session.key, [["SET", session.key, value(of: session, isOutdated: false), "XX"]])
            ])
            guard !replies[0][0].isOfFullServer else { return tally.add(.refusals) }
            isRenewed = replies[0][0] != .null
            session.isOutdated = false
            session.livesUntil = nil
            session.written = sent
        }
        if isRenewed {
            sessions.put(session)
        } else if let known = sessions[session.id] {
            noteAbsence(of: known)
        }
    }

    // MARK: Looking

    private func check(_ session: PlayedSession) throws {
        guard !watched.contains(session.id) else { return }
        let start = ContinuousClock.now
        let lost = try lost(of: session)
        guard !lost.isEmpty else { return }
        guard patience > .zero else { return complain(of: session, lost) }
        watched.insert(session.id)
        _ = try send([KeyedRequest(session.key, [["PERSIST", session.key]])])
        watch(session, since: start)
    }

    /// Looks again and again whether all has come back, as long as patience lasts.
    private func watch(_ session: PlayedSession, since start: ContinuousClock.Instant) {
        pending.add(after: .milliseconds(5)) { [unowned self] in
            let lost = try lost(of: session)
            if !lost.isEmpty {
                if ContinuousClock.now - start < patience { return watch(session, since: start) }
                complain(of: session, lost)
            } else if sessions[session.id] != nil {
                tally.add(.putBack)
            }
            watched.remove(session.id)
        }
    }

    private func complain(of session: PlayedSession, _ lost: [PlayedThing]) {
        complain("\(session.key) of user \(session.userName) (\(session.index)) lives and has lost its \(lost)")
        // It is told of once.
        forget(session)
    }

    /// What ought to hang on a session that is there, and does not.
    private func lost(of session: PlayedSession) throws -> [PlayedThing] {
        let things = scene.things.filter { $0 != .field || current[session.user] == session.id }
        let (lost, exists) = try missing(things, of: session)
        if !exists { noteAbsence(of: session) }
        return exists ? lost : []
    }

    /// Which of these are missing, and whether the session is there. That is asked last: if it is there then, it was there
    /// all the time.
    private func missing(
        _ things: [PlayedThing], of session: PlayedSession
    ) throws -> (things: [PlayedThing], exists: Bool) {
        let requests = things.map { $0.asking(session) } + [KeyedRequest(session.key, [["EXISTS", session.key]])]
        let replies = try send(requests).replies
        let missing = zip(things, replies).filter {
            !$0.isThere($1, session, pointersExpire: !scene.evicts)
        }
        return (missing.map(\.0), replies.last == [.integer(1)])
    }

    private func exists(_ session: PlayedSession) throws -> Bool { try missing([], of: session).exists }

    private func noteAbsence(of session: PlayedSession) {
        if hasToExist(session) { complain("\(session.key) was removed, and the policy keeps it") }
        forget(session)
    }

    /// Whether nothing but the application may have ended it by now.
    private func hasToExist(_ session: PlayedSession) -> Bool {
        let now = ContinuousClock.now
        if let end = session.livesUntil, scene.isHardOnTTLs || now >= end { return false }
        if let keeps = scene.keeps, now - session.written >= keeps { return false }
        return !session.isOutdated
    }

    private func complain(_ text: String) {
        tally.complain("after \(operations) operations: \(text)")
    }

    // MARK: Steps

    /// Nil if a full server refuses it; of what there was before nothing is left then.
    private func write(_ session: PlayedSession) throws -> PlayedSession? {
        var session = session
        session.isOutdated = Int.random(in: 0..<8, using: &random) == 0
        var command: [Bytes] = ["SET", session.key, value(of: session, isOutdated: session.isOutdated)]
        let lifetime = randomLifetime()
        let isShort = Int.random(in: 0..<3, using: &random) < (scene.evicts ? 2 : 1)
        if isShort { command += ["PX", Bytes(lifetime)] }
        let (replies, sent) = try send([KeyedRequest(session.key, [command])])
        session.livesUntil = isShort ? sent + .milliseconds(lifetime) - RaceApplication.clockMargin : nil
        session.written = sent
        guard replies[0][0].isOfFullServer else { return session }
        tally.add(.refusals)
        return nil
    }

    /// False if a full server refuses some of them.
    private func write(_ things: [PlayedThing], of session: PlayedSession) throws -> Bool {
        let replies = try send(things.map { $0.writing(session, pointersExpire: !scene.evicts) }).replies
        tally.noteWritten(things, of: session, replies)
        let isRefused = replies.contains { $0.contains(where: \.isOfFullServer) }
        if things.contains(.field), !isRefused { current[session.user] = session.id }
        if isRefused {
            if things.contains(.field) { current[session.user] = nil }
            tally.add(.refusals)
        }
        return !isRefused
    }

    private func later(of session: PlayedSession, after pause: Duration, _ step: @escaping () throws -> Void) {
        underWay[session.user, default: 0] += 1
        pending.add(after: pause) { [unowned self] in
            underWay[session.user, default: 0] -= 1
            try step()
        }
    }

    /// From now on these things have to be there, as the others are already.
    private func finish(_ session: PlayedSession, with things: [PlayedThing]) throws {
        if try things.isEmpty || write(things, of: session) {
            sessions.put(session)
        } else {
            try end(session, leavingThings: true)
        }
    }

    private func end(_ session: PlayedSession, leavingThings: Bool) throws {
        var things = leavingThings ? [] : scene.things
        // What is the user's may belong to another session.
        let isLast =
            underWay[session.user, default: 0] == 0
            && sessions.ids(ofUser: session.user).allSatisfy { $0 == session.id }
        if !isLast { things.removeAll { $0 == .presence } }
        if current[session.user] != session.id { things.removeAll { $0 == .field } }
        let requests = [KeyedRequest(session.key, [["DEL", session.key]])] + things.map { $0.removing(session) }
        let replies = try send(requests).replies
        tally.noteRemoved(things, replies.dropFirst())
        forget(session)
    }

    private func forget(_ session: PlayedSession) {
        sessions.remove(session.id)
        if ended.count < population { ended.append(session) }
    }

    private func randomLifetime() -> Int { Int.random(in: 60...2_000, using: &random) }

    /// No two values are the same, so that a renewal changes the value.
    private func value(of session: PlayedSession, isOutdated: Bool) -> Bytes {
        counter += 1
        let expiry = counter % 2 == 0 ? "\"exp\": \(now + 3_600), " : ""
        return """
            {"ts": \(isOutdated ? now - 40 * 86_400 : now), \(Bytes(expiry).text)"n": \(counter), \
            "email": "\(session.userName.text)"}
            """
    }

    /// The answers, and when the requests were sent.
    private func send(
        _ requests: [KeyedRequest]
    ) throws -> (replies: [[RedisValue]], sent: ContinuousClock.Instant) {
        let sent = ContinuousClock.now
        return (try clients[Int.random(in: 0..<clients.count, using: &random)].send(requests), sent)
    }
}

extension PlayedSession {
    /// A later session with the same id.
    fileprivate func again(score: Int) -> PlayedSession {
        var session = self
        session.score = "17\(score).5"
        return session
    }
}

extension RaceTally {
    func noteWritten(_ things: [PlayedThing], of session: PlayedSession, _ replies: [[RedisValue]]) {
        for (thing, own) in zip(things, replies) {
            add(thing == .entry ? .entriesWritten : .dependentsWritten, thing.added(own, session))
        }
    }

    func noteRemoved(_ things: [PlayedThing], _ replies: some Sequence<[RedisValue]>) {
        for (thing, own) in zip(things, replies) {
            add(thing == .entry ? .entriesWritten : .dependentsWritten, -(own[0].integer ?? 0))
        }
    }
}
