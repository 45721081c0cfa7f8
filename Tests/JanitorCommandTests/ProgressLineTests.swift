import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

struct ProgressLineTests {
    private func bar(_ phase: CleanupPhase, _ done: Int, _ total: Int, _ seconds: Double = 10) -> String {
        ProgressLine(phase: phase, done: done, total: total, seconds: seconds).bar(80)
    }

    @Test(arguments: [20, 40, 60, 79, 80, 120])
    func `on a narrow terminal the bar goes first, and then the end of the line`(columns: Int) {
        for language in Language.allCases {
            for phase in CleanupPhase.allCases {
                let line = ProgressLine(
                    phase: phase, done: 456_789, total: 1_234_567, seconds: 10, language: language)
                let bar = line.bar(columns)
                #expect(DisplayWidth.of(bar) < columns, "\(bar)")
                #expect(columns < 80 || bar.contains("[####"))
                #expect(columns > 40 || !bar.contains("["))
            }
        }
    }

    @Test(arguments: CleanupPhase.allCases)
    func `a bar fits into 80 columns in every phase, however large the numbers`(phase: CleanupPhase) {
        var tooLong: [String] = []
        for power in 0...12 {
            for digits in [1, 1.2345678, 9.9999999] {
                let total = Int(clamping: digits * (0..<power).reduce(1.0) { value, _ in value * 10 })
                for part in [0, 0.000_001, 0.1234567, 0.9999999, 1] {
                    for seconds in [0, 0.2, 7, 100, 3_600, 86_400] {
                        let bar = bar(phase, Int(clamping: Double(total) * part), total, seconds)
                        if bar.count > 80 { tooLong.append("\(bar.count): \(bar)") }
                    }
                }
            }
        }
        #expect(tooLong.prefix(3) == [], "\(tooLong.count) in all")
    }

    @Test(arguments: [
        (CleanupPhase.census, 456_789_012, 1_234_567_890, 600.0), (.survey, 1_234_567, 12_345_678, 30),
        (.secondLook, 1_234_567, 12_345_678, 4), (.removal, 12_345_678, 123_456_789, 120),
    ])
    func `a bar of a large database fits into 80 columns`(phase: CleanupPhase, done: Int, total: Int, seconds: Double) {
        let bar = bar(phase, done, total, seconds)
        #expect(bar.count <= 80, "\(bar)")
    }

    @Test
    func `the bar grows from empty to full`() {
        #expect(bar(.census, 0, 200).contains("[--------------------]"))
        #expect(bar(.census, 100, 200).contains("[##########----------]"))
        #expect(bar(.census, 199, 200).contains("[###################-]"))
        #expect(bar(.census, 200, 200).contains("[####################]"))
    }

    @Test(arguments: CleanupPhase.allCases)
    func `where there is nothing to do the bar stays empty`(phase: CleanupPhase) {
        #expect(bar(phase, 0, 0).contains("[--------------------] 0 "))
    }

    @Test
    func `the phases of a clean-up are numbered in their order`() {
        let plain = CleanupPhase.allCases.prefix(4).map { ProgressLine(phase: $0, done: 1, total: 2, seconds: 1).plain }
        #expect(plain.map { String($0.prefix(4)) } == ["1/4 ", "2/4 ", "3/4 ", "4/4 "])
    }

    @Test
    func `rate and rest are told once there is something to tell them from`() {
        let line = ProgressLine(phase: .survey, done: 250, total: 1_000, seconds: 5)
        #expect(line.plain == "2/4 index keys: 250 of 1,000 index keys, 50/s, 15 s left")
        let chinese = ProgressLine(phase: .survey, done: 250, total: 1_000, seconds: 5, language: .chinese)
        #expect(chinese.plain == "2/4 用户会话键: 250/1,000 个键，50/秒，剩余 15 秒")
        let early = ProgressLine(phase: .survey, done: 250, total: 1_000, seconds: 0.05)
        #expect(early.plain == "2/4 index keys: 250 of 1,000 index keys")
        let end = ProgressLine(phase: .survey, done: 1_000, total: 1_000, seconds: 5)
        #expect(end.plain == "2/4 index keys: 1,000 of 1,000 index keys, 200/s")
    }
}
