/// One removal of a plan with its names in full.
struct PlannedRemoval {
    let kind: Removal.Kind
    let reason: Removal.Reason
    /// The number of its key's template.
    let template: Int
    let key: [UInt8]
    /// Of an entry its member, of a pointer the session id that it held.
    var value: [UInt8] = []
}

extension CleanupPlan {
    /// Calls `body` for every removal: entries in the order of their index keys, then sessions, then TTLs.
    func forEach(_ layout: Layout, _ body: (PlannedRemoval) throws -> Void) rethrows {
        var holder: (template: Int, key: [UInt8]) = (0, [])
        var cursor = ByteLog.Cursor()
        while let item = log.next(&cursor) {
            switch item {
            case .indexKey(let stem, _, let template, _):
                holder = (template, layout.indexKeys[template].template.key(stem: stem))
            case .removal(let removal) where removal.kind == .entry:
                try body(
                    PlannedRemoval(
                        kind: .entry, reason: removal.reason, template: holder.template, key: holder.key,
                        value: Array(sessions.member(of: removal, holder.template))))
            case .removal(let removal):
                try body(
                    PlannedRemoval(
                        kind: removal.kind, reason: removal.reason, template: removal.template,
                        key: layout.template(removal.kind, removal.template).key(stem: removal.stem),
                        value: Array(removal.value)))
            }
        }
        cursor = ByteLog.Cursor()
        while let (session, _) = sessions.next(&cursor) {
            try body(
                PlannedRemoval(
                    kind: .session, reason: session.reason, template: session.template,
                    key: layout.sessionKeys[session.template].key(stem: session.stem)))
        }
        let missing = [
            (sessionsWithoutTTL, layout.sessionKeys), (presenceWithoutTTL, layout.presenceKeys.map(\.template)),
        ]
        for (stems, templates) in missing {
            cursor = ByteLog.Cursor()
            while let record = stems.next(&cursor) {
                let template = Int(record.tag)
                try body(
                    PlannedRemoval(
                        kind: .ttl, reason: .withoutTTL, template: template,
                        key: templates[template].key(stem: record.bytes)))
            }
        }
    }
}

/// Tells an observer of removals: entries that leave one index key for one reason together, everything else alone.
struct RemovalGroups {
    private let layout: Layout
    private let observer: any CleanupObserver
    /// So many entries are told of at a time at most.
    private let limit: Int
    private var names: RemovalNames
    private var key: [UInt8] = []
    private var groups: [(first: PlannedRemoval, ids: [[UInt8]])] = []

    init(_ layout: Layout, _ observer: any CleanupObserver, limit: Int = 1_000) {
        self.layout = layout
        self.observer = observer
        self.limit = limit
        names = RemovalNames(layout)
    }

    mutating func add(_ removal: PlannedRemoval) {
        guard removal.kind == .entry else {
            finish()
            if removal.kind != .ttl { tell(removal, []) }
            return
        }
        if removal.key != key { finish() }
        key = removal.key
        let place = groups.firstIndex { $0.first.reason == removal.reason } ?? groups.count
        if place == groups.count { groups.append((removal, [])) }
        // A member may hold more than the id: Java's header, or the user.
        let id = names.find(.entry, removal.template, removal.key, removal.value).id
        groups[place].ids.append(id ?? removal.value)
        if groups[place].ids.count == limit { finish() }
    }

    /// Call at the end.
    mutating func finish() {
        for group in groups { tell(group.first, group.ids) }
        groups = []
    }

    private func tell(_ removal: PlannedRemoval, _ ids: [[UInt8]]) {
        observer.removal(
            removal.kind, removal.reason, of: layout.template(removal.kind, removal.template), key: removal.key,
            ids: ids)
    }
}
