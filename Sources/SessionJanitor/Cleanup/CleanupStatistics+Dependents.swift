extension CleanupStatistics {
    mutating func note(_ plan: DependentLog) {
        orphanedPointersFound = plan.count(.pointer, .orphaned)
        orphanedCompanionsFound = plan.count(.companion, .orphaned)
        orphanedPresenceKeysFound = plan.count(.presence, .orphaned)
        expiredDependentsFound = DependentKind.allCases.reduce(0) { $0 + plan.count($1, .expired) }
    }

    /// What was kept in the end was not orphaned after all.
    mutating func note(_ results: DependentResults) {
        orphanedPointersRemoved = results.removed(.pointer, .orphaned)
        orphanedCompanionsRemoved = results.removed(.companion, .orphaned)
        orphanedPresenceKeysRemoved = results.removed(.presence, .orphaned)
        orphanedPointersFound -= results.kept(.pointer, .orphaned)
        orphanedCompanionsFound -= results.kept(.companion, .orphaned)
        orphanedPresenceKeysFound -= results.kept(.presence, .orphaned)
        for kind in DependentKind.allCases {
            expiredDependentsRemoved += results.removed(kind, .expired)
            expiredDependentsFound -= results.kept(kind, .expired)
        }
        ttlsSet = results.ttlsSet
    }
}
