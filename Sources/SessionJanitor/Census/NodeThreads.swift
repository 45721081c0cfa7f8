import Glibc
import Synchronization

/// Runs one job a node, each on a thread of its own, while the caller's thread looks on.
///
/// The jobs are ordinary code over classes that know nothing of threads. That is sound because a job gets nothing but
/// its number: it works on objects that no other job has (its connection, its census), on sets that lock, and on values
/// that do not change; and the caller's thread touches none of it before every thread has ended, which is also when what
/// the threads wrote is visible to it. This is the one place that starts threads.
enum NodeThreads {
    /// Asks a job to end early, because another one failed.
    struct Stopped: Error {}

    /// What a job may tell and ask while it runs; call it between batches.
    struct Progress {
        let report: (_ done: Int) throws -> Void
    }

    /// Runs the jobs `0..<count`; a single one without a thread. `watch` is called now and then on the caller's thread with the sum of what the jobs
    /// report; what it throws, or the first job that fails, stops the others and is thrown when all have ended.
    static func run(
        _ count: Int, watch: @escaping (_ done: Int) throws -> Void,
        _ job: (_ index: Int, _ progress: Progress) throws -> Void
    ) throws {
        guard count > 1 else {
            guard count == 1 else { return }
            return try job(0, Progress(report: watch))
        }
        let board = try Board(count)
        try withoutActuallyEscaping(job) { job in
            let threads = (0..<count).map { index in
                start(
                    Job {
                        do {
                            try job(index, Progress { try board.report($0, of: index) })
                            board.finish(nil)
                        } catch {
                            board.finish(error)
                        }
                    })
            }
            var failure: (any Error)?
            var started = 0
            for thread in threads where thread != nil { started += 1 }
            if started < count { board.isStopped.store(true, ordering: .relaxed) }
            while !board.waitForEnd(of: started) {
                do {
                    try watch(board.sum)
                } catch  where failure == nil {
                    failure = error
                    board.isStopped.store(true, ordering: .relaxed)
                } catch {}
            }
            for case let thread? in threads { pthread_join(thread, nil) }
            if let failure = failure ?? board.failure { throw failure }
            guard started == count else { throw CleanupError.other("the system starts no more threads") }
        }
    }

    /// A pthread takes a pointer, and this is what it points to.
    private final class Job {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }

    private static func start(_ job: Job) -> pthread_t? {
        let pointer = Unmanaged.passRetained(job)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, pointer.toOpaque())
        guard code == 0 else {
            pointer.release()
            return nil
        }
        return thread
    }

    /// Where the threads and their starter tell each other things.
    fileprivate final class Board {
        let done: [DoneCount]
        let isStopped = Atomic(false)
        private var ended: (count: Int, failure: (any Error)?) = (0, nil)
        /// Guards ``ended``; of the system's own kind, which the thread sanitizer understands.
        private let lock: UnsafeMutablePointer<pthread_mutex_t>
        /// A byte for every thread that has ended.
        private let pipe: (reading: Int32, writing: Int32)

        init(_ count: Int) throws {
            done = (0..<count).map { _ in DoneCount() }
            var ends: [Int32] = [0, 0]
            guard Glibc.pipe(&ends) == 0 else { throw CleanupError.other("pipe: \(String(cString: strerror(errno)))") }
            pipe = (ends[0], ends[1])
            lock = .allocate(capacity: 1)
            lock.initialize(to: pthread_mutex_t())
            pthread_mutex_init(lock, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            lock.deallocate()
            close(pipe.reading)
            close(pipe.writing)
        }

        var sum: Int { done.reduce(0) { $0 + $1.count.load(ordering: .relaxed) } }
        var failure: (any Error)? { withLock { $0.failure } }

        private func withLock<Result>(_ body: (inout (count: Int, failure: (any Error)?)) -> Result) -> Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return body(&ended)
        }

        func report(_ done: Int, of index: Int) throws(Stopped) {
            self.done[index].count.store(done, ordering: .relaxed)
            guard !isStopped.load(ordering: .relaxed) else { throw Stopped() }
        }

        func finish(_ error: (any Error)?) {
            withLock { ended in
                ended.count += 1
                // Those that were stopped for another's sake have nothing to say.
                if ended.failure == nil, let error, !(error is Stopped) { ended.failure = error }
            }
            if error != nil { isStopped.store(true, ordering: .relaxed) }
            var byte: UInt8 = 0
            _ = write(pipe.writing, &byte, 1)
        }

        /// Waits a moment; whether so many threads have ended.
        func waitForEnd(of count: Int) -> Bool {
            guard withLock({ $0.count }) < count else { return true }
            var watched = pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)
            if poll(&watched, 1, 100) > 0 {
                var byte: UInt8 = 0
                _ = read(pipe.reading, &byte, 1)
            }
            return withLock { $0.count } >= count
        }
    }

    fileprivate final class DoneCount: Sendable {
        let count = Atomic(0)
    }
}
