extension Cleanup {
    /// Tells the observer what would go.
    func show(_ plan: CleanupPlan) {
        guard observer.wantsRemovals else { return }
        plan.forEachGroup { stem, template, reason, ids in
            let key = options.layout.indexKeys[template].template.key(stem: stem)
            observer.removal(fromIndexKey: key, ids: ids, reason: reason)
        }
    }
}
