import Testing

@testable import JanitorCommand

struct DurationTextTests {
    @Test(arguments: [
        ("0", Duration.zero), ("0s", .zero), ("0ms", .zero), ("1ms", .milliseconds(1)),
        ("500ms", .milliseconds(500)),
        ("1.5ms", .microseconds(1_500)), ("0.25ms", .microseconds(250)), ("1s", .seconds(1)),
        ("1.5s", .milliseconds(1_500)), ("007s", .seconds(7)), ("90m", .seconds(5_400)), ("1.5m", .seconds(90)),
        ("2h", .seconds(7_200)), ("7d", .seconds(604_800)), ("0.5d", .seconds(43_200)),
        ("36500d", .seconds(3_153_600_000)),
    ])
    func `a number and a unit are a duration`(text: String, expected: Duration) throws {
        let duration = try #require(DurationText.parse(text))
        #expect(abs((duration - expected) / .nanoseconds(1)) <= 1)
    }

    @Test(arguments: [
        "", "s", "ms", "1", "1.5", "00", "-1s", "+1s", "1 s", " 1s", "1s ", "1S", "1MS", "1sec", "1min", "1w",
        "1us",
        "1e3s", "0x1s", "infs", "nans", ".5s", "5.s", "1..5s", "1.5.2s", "1,5s", "１s", "1ss", "1h30m", "40000d",
        "99999999999999999999d", "9999999999999999999999999s", "1\u{0}s",
    ])
    func `anything else is not`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
