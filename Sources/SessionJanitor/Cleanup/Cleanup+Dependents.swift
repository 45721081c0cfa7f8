import RedisClient

extension Cleanup {
    /// What depends on sessions goes after them: what is cut off in between is an orphan to the next run.
    func removeDependents(
        of plan: CleanupPlan, on connection: any RedisPipeline, _ journal: RemovalJournal?,
        _ publisher: RemovalPublisher?
    ) throws {
        guard plan.dependentCount + plan.missingTTLs > 0 else { return }
        let remover = DependentRemover(
            connection, layout: options.layout, pacer: try measuredPacer(connection), observer: observer,
            journal: journal, publisher: publisher, checkpoint: checkpoint)
        defer {
            note(remover.results)
            statistics.writeCommandsSent = connection.writeCommandsSent
        }
        try remover.remove(plan.dependents)
        if plan.dependents.hasPresenceKeys {
            try remover.removePresenceKeys(plan.dependents, grace: options.grace) {
                let walk = try keyspaceWalk(
                    connection, try retentionPolicy(connection), .none, try measuredPacer(connection))
                try walk.takeCensus { [checkpoint] _ in try checkpoint() }
                guard walk.unstableSlots == 0 else {
                    noteUnstableSlots(of: walk)
                    return nil
                }
                return walk.censuses.first?.users
            }
        }
        if let missing = options.missingTTL { try remover.setTTLs(of: plan, missing) }
    }

    /// Keys in these slots may have been missed; told once.
    func noteUnstableSlots(of walk: any KeyspaceWalk) {
        guard walk.unstableSlots > 0 else { return }
        isPartial = true
        let isTold = warnings.contains { if case .unstableSlots = $0 { true } else { false } }
        if !isTold { warnings.append(.unstableSlots(walk.unstableSlots)) }
    }

    private func note(_ results: DependentResults) {
        statistics.note(results)
        left.dependents -= results.dealtWith
        left.ttls -= results.ttlsDealtWith
        if results.unproven > 0 { warnings.append(.unprovenPresence(results.unproven)) }
        if results.ttlsLeftOut > 0 {
            isPartial = true
            warnings.append(.ttlsLeftOut(results.ttlsLeftOut))
        }
        if results.uncertain > 0 { warnings.append(.uncertainRemovals(results.uncertain)) }
    }

    func note(_ publisher: RemovalPublisher?) {
        guard let publisher, publisher.unpublished > 0 else { return }
        warnings.append(.unpublished(publisher.unpublished, reason: publisher.reason))
    }
}
