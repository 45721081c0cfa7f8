import SessionJanitor

/// Wants to know nothing.
final class SilentObserver: CleanupObserver {
    let wantsRemovals = false

    func progress(_ phase: CleanupPhase, done: Int, total: Int) {}

    func removal(
        _ kind: Removal.Kind, _ reason: Removal.Reason, of template: KeyTemplate, key: [UInt8], ids: [[UInt8]]
    ) {}
}
