import RedisClient

/// Counts what became of removals, and tells of those that were carried out.
final class RemovalCounter {
    var results = RemovalTally()

    private let layout: Layout
    private let observer: any CleanupObserver
    private let publisher: RemovalPublisher?
    /// The names of the index keys that lost an entry.
    private let cleaned = IdentifierSet()

    init(_ layout: Layout, _ observer: any CleanupObserver, _ publisher: RemovalPublisher?) {
        self.layout = layout
        self.observer = observer
        self.publisher = publisher
    }

    /// Takes in what became of the items in these places, and of their index keys.
    func note(_ places: Range<Int>, of items: [RemovalItem], emptied: Set<Int>) {
        var groups = observer.wantsRemovals ? RemovalGroups(layout, observer) : nil
        for place in places {
            guard let outcome = items[place].outcome, outcome != .planned else { continue }
            let item = items[place]
            results[item.kind, item.reason, outcome] += 1
            if item.kind == .entry { noteEntry(item, outcome, sessionOutcome: item.session.map { items[$0].outcome }) }
            guard outcome == .removed else { continue }
            let session = item.session.map { items[$0].reason }
            let isChosen = session == .revoked || session == .excess
            publisher?.note(item, isChosen ? session ?? item.reason : item.reason)
            groups?.add(
                PlannedRemoval(
                    kind: item.kind, reason: item.reason, template: item.template, key: item.key, value: item.member))
        }
        groups?.finish()
        results.indexKeysEmptied += emptied.count
        publisher?.publish()
    }

    private func noteEntry(_ item: RemovalItem, _ outcome: RemovalTally.Outcome, sessionOutcome: RemovalTally.Outcome??)
    {
        if outcome == .removed, item.key.withUnsafeBytes({ cleaned.insert(IdentifierSet.hash($0)) }) {
            results.indexKeysCleaned += 1
        }
        let isThere = outcome == .uncertain || outcome == .unreachable || outcome == .retyped
        if sessionOutcome == .removed, isThere { results.entriesLeftBehind += 1 }
        // One that came late was counted when its session was found gone.
        if item.reason == .expired, item.session == nil, !isThere, results.entriesLeftBehind > 0 {
            results.entriesLeftBehind -= 1
        }
    }
}
