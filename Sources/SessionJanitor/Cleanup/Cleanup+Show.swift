import RedisClient

extension Cleanup {
    /// Tells the observer what would go.
    func show(_ plan: CleanupPlan) {
        guard observer.wantsRemovals else { return }
        plan.forEachGroup { stem, template, reason, ids in
            let key = options.layout.indexKeys[template].template.key(stem: stem)
            observer.removal(fromIndexKey: key, ids: ids, reason: reason)
        }
        showSessions(of: plan)
        showDependents(of: plan)
    }

    private func showSessions(of plan: CleanupPlan) {
        let layout = options.layout
        var cursor = ByteLog.Cursor()
        while let record = plan.sessions.next(&cursor) {
            let session = ExpiredSession(tag: record.tag)
            let template = layout.sessionKeys[session.template]
            observer.removal(
                of: .session(isIdle: session.isIdle), key: template.key(stem: session.stem(of: record)),
                template: template)
        }
    }

    private func showDependents(of plan: CleanupPlan) {
        let namer = DependentNamer(options.layout)
        var cursor = ByteLog.Cursor()
        while let item = plan.dependents.next(&cursor) {
            observer.removal(
                of: .dependent(item.kind, item.reason), key: namer.key(item.kind, item.template, stem: item.stem),
                template: namer.template(item.kind, item.template))
        }
    }
}
