/// Is told what a run is doing, between batches; must return quickly.
public protocol CleanupObserver: AnyObject {
    /// `done` of `total` in this phase; in the census keys, in the survey index keys, then entries and sessions.
    func progress(_ phase: CleanupPhase, done: Int, total: Int)
    /// These entries of an index key go: in a dry run they would, in a real one they are gone.
    func removal(fromIndexKey key: [UInt8], ids: [[UInt8]], reason: RemovalReason)
    /// The same of a key, which is of the kind of `template`.
    func removal(of kind: RemovedKey, key: [UInt8], template: KeyTemplate)
    /// Whether removals are of interest; asked once, since gathering costs time.
    var wantsRemovals: Bool { get }
}
