import RedisClient
import Testing

@testable import SessionJanitor

struct BatchSizerTests {
    /// A sizer that has seen `rounds` batches of a server that needs `cost` seconds for an item.
    private func settled(
        cost: Double, target: Duration = .milliseconds(1), initial: Int = 250, limits: ClosedRange<Int> = 10...5_000,
        rounds: Int = 60
    ) -> BatchSizer {
        var sizer = BatchSizer(target: target, initial: initial, limits: limits)
        for _ in 0..<rounds { sizer.record(count: sizer.size, seconds: Double(sizer.size) * cost) }
        return sizer
    }

    @Test(arguments: [(250, 250), (1, 10), (9_999, 5_000)])
    func `the first size is the initial one, within the limits`(wanted: Int, expected: Int) {
        #expect(BatchSizer(target: .milliseconds(1), initial: wanted, limits: 10...5_000).size == expected)
    }

    @Test(arguments: [
        (1e-6, 1_000), (4e-7, 2_500), (2e-5, 50), (1e-7, 5_000), (1e-3, 10), (0, 5_000),
    ])
    func `batches come to take about as long as they may`(cost: Double, size: Int) {
        let settled = settled(cost: cost).size
        #expect(abs(settled - size) <= max(size / 20, 1))
    }

    @Test(arguments: [(1e-6, 1e-5, 100), (1e-5, 1e-6, 1_000)])
    func `it follows a server that has become slower or faster`(before: Double, after: Double, size: Int) {
        var sizer = settled(cost: before)
        for _ in 0..<100 { sizer.record(count: sizer.size, seconds: Double(sizer.size) * after) }
        #expect(abs(sizer.size - size) <= size / 20)
    }

    @Test
    func `whatever is measured, a batch is within the limits and at most twice the one before`() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let lower = Int.random(in: 1...50, using: &random)
            let limits = lower...(lower + Int.random(in: 0...5_000, using: &random))
            var sizer = BatchSizer(
                target: .milliseconds(1), initial: .random(in: 0...100, using: &random), limits: limits)
            for _ in 0..<50 {
                let former = sizer.size
                let power = Double.random(in: -9...3, using: &random)
                var seconds = 1.0
                for _ in 0..<Int(clamping: abs(power)) { seconds *= power < 0 ? 0.1 : 10 }
                if power > 2.5 { seconds = Bool.random(using: &random) ? 0 : -1 }
                sizer.record(count: .random(in: 0...former, using: &random), seconds: seconds)
                #expect(limits.contains(sizer.size))
                #expect(sizer.size <= max(former * 2, limits.lowerBound))
            }
        }
    }

    @Test
    func `one slow batch does not make the next ones tiny, and is soon forgotten`() {
        var sizer = settled(cost: 1e-6)
        let usual = sizer.size
        sizer.record(count: usual, seconds: Double(usual) * 1e-5)
        #expect(sizer.size >= usual / 2)
        for _ in 0..<10 { sizer.record(count: sizer.size, seconds: Double(sizer.size) * 1e-6) }
        #expect(sizer.size >= usual * 9 / 10)
    }

    @Test
    func `now and then a batch that is ten times as slow leaves most of the size`() {
        var sizer = settled(cost: 1e-6)
        var smallest = sizer.size
        for round in 0..<200 {
            sizer.record(count: sizer.size, seconds: Double(sizer.size) * (round % 10 == 0 ? 1e-5 : 1e-6))
            smallest = min(smallest, sizer.size)
        }
        #expect(smallest >= 500)
    }

    @Test
    func `a batch of nothing teaches nothing`() {
        var sizer = settled(cost: 1e-6)
        let usual = sizer.size
        for _ in 0..<5 { sizer.record(count: 0, seconds: 10) }
        #expect(sizer.size == usual)
    }

    @Test
    func `a batch's answers stay within their bytes, and large ones count at once`() {
        var sizer = BatchSizer(target: .seconds(1), initial: 100, limits: 10...5_000, bytes: 64_000)
        sizer.record(count: 100, bytes: 30_000)
        #expect(sizer.size == 100)
        sizer.record(count: 1, bytes: 1_000_000)
        #expect(sizer.size == 1)
        for _ in 0..<100 {
            sizer.record(count: sizer.size, seconds: 0)
            sizer.record(count: sizer.size, bytes: sizer.size * 300)
        }
        #expect((180...213).contains(sizer.size))
    }
}
