/// Is told what a run is doing, between batches; must return quickly.
public protocol CleanupObserver: AnyObject {
    /// `done` of `total` in this phase; in the census keys, in the survey index keys, then entries and sessions.
    func progress(_ phase: CleanupPhase, done: Int, total: Int)
    /// This is removed: in a dry run it would be, in a real one it is gone. Of an index key, the entries with these ids; of
    /// everything else the key, which is of the kind of `template`, and there are no ids.
    func removal(
        _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]])
    /// Whether removals are of interest; asked once, since gathering costs time.
    var wantsRemovals: Bool { get }
}
