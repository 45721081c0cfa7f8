import Foundation
import Synchronization
public import Testing

/// Runs a suite's tests on threads that may wait.
///
/// Swift has as many threads as cores for all tests. A test that waits for a server, a process or a deadline would hold
/// one of them, and the cores would have nothing to do.
public struct TestThreads: SuiteTrait, TestTrait, TestScoping {
    public let isRecursive = true

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadPool.shared) { try await function() }
    }
}

extension Trait where Self == TestThreads {
    /// For suites whose tests wait more than they reckon.
    public static var waiting: Self { Self() }
}

/// So many threads take jobs in the order in which they come.
private final class ThreadPool: TaskExecutor {
    /// A few more than there are cores, so that one of them has something to do, and not so many that time-outs pass while
    /// a test waits for its turn.
    static let shared = ThreadPool(threads: 3 * ProcessInfo.processInfo.activeProcessorCount)

    private let jobs = Mutex<[UnownedJob]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    private init(threads: Int) {
        for _ in 0..<threads {
            let thread = Thread { [unowned self] in
                while true { runNext() }
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrivals.signal()
    }

    private func runNext() {
        arrivals.wait()
        jobs.withLock { $0.removeFirst() }.runSynchronously(on: asUnownedTaskExecutor())
    }
}
