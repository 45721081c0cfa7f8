extension Cleanup {
    /// Why the plan may not be carried out.
    public var refusal: Refusal? {
        guard let plan else { return nil }
        // Before the others: they are about what those clocks have judged.
        if options.dependsOnTime || plan.dependents.hasPresenceKeys, let spread = clocks.spread,
            spread.seconds > options.maximumSkew / .seconds(1)
        {
            return .clocksApart(
                behind: spread.behind, ahead: spread.ahead, seconds: spread.seconds, limit: options.maximumSkew)
        }
        // First, as no option permits it.
        if plan.sessionsApart > 0 { return .scoresApart(sessions: plan.sessionsApart) }
        return SafetyCheck(limits: options.limits).refusal(
            entriesRead: statistics.entriesChecked + dependentsChecked, sessionsFound: statistics.sessionsChecked,
            sessionsWithoutVerdict: statistics.undatedSessionsFound + statistics.unreadableSessionsFound,
            entriesToRemove: plan.entryCount + plan.dependentCount, sessionsToRemove: plan.expiredSessions,
            ttlsToSet: plan.missingTTLs)
    }
}
