import Synchronization
import Testing

@testable import SessionJanitor

struct NodeThreadsTests {
    private struct Failure: Error, Equatable {
        var number: Int
    }

    private func ignore(_ done: Int) {}

    @Test func `every job runs once, and its reports are added up`() throws {
        let runs = Mutex<[Int: Int]>([:])
        var last = 0
        func watch(_ done: Int) { last = max(last, done) }
        try NodeThreads.run(7, watch: watch) { index, progress in
            try progress.report(index)
            runs.withLock { $0[index, default: 0] += 1 }
        }
        #expect(runs.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<7).map { ($0, 1) }))
        #expect((0...21).contains(last))
    }

    @Test func `a job that fails stops the others, and its error is the one that is thrown`() {
        #expect(throws: Failure(number: 2)) {
            try NodeThreads.run(4, watch: ignore) { index, progress in
                if index == 2 { throw Failure(number: index) }
                // Ends only by being stopped.
                while true { try progress.report(1) }
            }
        }
    }

    @Test func `what the looker-on throws stops all of them`() {
        func watch(_ done: Int) throws { throw Failure(number: 9) }
        #expect(throws: Failure(number: 9)) {
            try NodeThreads.run(3, watch: watch) { _, progress in
                while true { try progress.report(1) }
            }
        }
    }

    /// What a thread sanitizer is to look at: nothing but the locks here puts these ends into an order.
    @Test func `jobs that end at the same moment all count`() throws {
        let runs = Atomic(0)
        for _ in 0..<1_000 {
            try NodeThreads.run(3, watch: ignore) { _, _ in runs.add(1, ordering: .relaxed) }
        }
        #expect(runs.load(ordering: .relaxed) == 3_000)
    }

    @Test func `no job is no work`() throws {
        try NodeThreads.run(0, watch: ignore) { _, _ in Issue.record("there is no job") }
    }

    @Test func `a shared set counts each id once, however many threads bring it`() throws {
        let set = IdentifierSet(isShared: true)
        let new = Mutex(0)
        let listed = Mutex(0)
        func hash(_ number: Int) -> UInt64 {
            withUnsafeBytes(of: number) { IdentifierSet.hash($0) }
        }
        try NodeThreads.run(4, watch: ignore) { index, _ in
            var own = 0
            for number in 0..<20_000 where set.insert(hash((number + index * 5_000) % 20_000)) { own += 1 }
            new.withLock { $0 += own }
        }
        #expect(set.count == 20_000)
        #expect(new.withLock { $0 } == 20_000)
        try NodeThreads.run(4, watch: ignore) { _, _ in
            var own = 0
            for number in 0..<20_000 where set.mark(hash(number), .listed)?.contains(.listed) == false { own += 1 }
            listed.withLock { $0 += own }
        }
        #expect(listed.withLock { $0 } == 20_000)
    }
}
