import RedisClient

extension Cleanup {
    /// Why the plan may not be carried out.
    public var refusal: Refusal? {
        guard let plan else { return nil }
        // Before the others: they are about what those clocks have judged.
        if options.dependsOnTime || plan.count(.presence) > 0, let spread = clocks.spread,
            spread.seconds > options.maximumSkew / .seconds(1)
        {
            return .clocksApart(
                behind: spread.behind, ahead: spread.ahead, seconds: spread.seconds, limit: options.maximumSkew)
        }
        // First, as no option permits it.
        if plan.sessionsApart > 0 { return .scoresApart(sessions: plan.sessionsApart) }
        var numbers = SafetyCheck.Numbers()
        numbers.entriesRead = found.numbers.entriesChecked
        numbers.dependentsRead = found.dependents
        numbers.sessionsFound = found.numbers.sessionsChecked
        numbers.sessionsWithoutVerdict = found.numbers.undatedSessionsFound + found.numbers.unreadableSessionsFound
        numbers.otherKeys = keysWithoutSession?.others
        numbers.namingNone = namingNone(plan)
        numbers.entriesToRemove = plan.count(.entry)
        numbers.dependentsToRemove = plan.count(.pointer, .companion, .presence)
        numbers.sessionsToRemove = plan.count(.session)
        numbers.ttlsToSet = plan.count(.ttl)
        return SafetyCheck(limits: options.limits).refusal(numbers)
    }

    private func namingNone(_ plan: CleanupPlan) -> [(template: NamingTemplate, removals: Int)] {
        let layout = options.layout
        let entries = layout.indexKeys.indices.filter { found.entriesNaming[$0] == 0 }.map {
            (template: NamingTemplate.entries(layout.indexKeys[$0].template), removals: plan.log.entriesByTemplate[$0])
        }
        let pointers = layout.pointerKeys.indices.filter { found.pointersNaming[$0] == 0 }.map {
            (template: NamingTemplate.pointers(layout.pointerKeys[$0]), removals: plan.log.pointersByTemplate[$0])
        }
        return entries + pointers
    }

    /// The keys of a database without any session.
    struct KeysWithoutSession {
        /// Those that a template matches.
        var matching: Int
        /// All the others; nil where the user may not ask how many keys there are.
        var others: Int?
    }

    /// Counts the keys of a database in which a census found no session; `before` is how many there were when it began.
    func countKeys(_ walk: KeyspaceWalk, before: Int?) throws(RedisError) -> KeysWithoutSession {
        let matching = walk.censuses.reduce(0) { sum, census in
            let dependents = census.dependents
            return sum + census.indexKeys.count + dependents.pointers.count + dependents.companions.count
                + dependents.presenceKeys.count
        }
        do throws(RedisError) {
            // What came meanwhile is not counted, nor what the walk has made the server expire.
            guard let before, let now = try databaseSize() else { return KeysWithoutSession(matching: matching) }
            let own = try isLocked() ? 1 : 0
            return KeysWithoutSession(matching: matching, others: max(min(before, now) - matching - own, 0))
        } catch .unreachable {
            return KeysWithoutSession(matching: matching)
        }
    }

    private func isLocked() throws(RedisError) -> Bool {
        do throws(RedisError) {
            let reply = try connection.call(.exists, CommandArguments([options.layout.lockKey]))
            return reply.kind(0) == .integer && reply.integer(0) > 0
        } catch .server {
            return false
        }
    }
}
