import Synchronization

/// Takes values from several threads, in the order in which they come.
final class Collector<Value: Sendable>: Sendable {
    private let collected = Mutex<[Value]>([])

    func append(_ value: Value) {
        collected.withLock { $0.append(value) }
    }

    var values: [Value] { collected.withLock { $0 } }
}
