import SessionJanitor

/// Wants to know nothing.
final class SilentObserver: CleanupObserver {
    let wantsRemovals = false

    func progress(_ phase: CleanupPhase, done: Int, total: Int) {}

    func removal(fromIndexKey key: [UInt8], ids: [[UInt8]], reason: RemovalReason) {}

    func removal(of kind: RemovedKey, key: [UInt8], template: KeyTemplate) {}
}
