import TestSupport
import Testing

@testable import SessionJanitor

struct SessionJudgeFuzzTests {
    /// The dates that count, near the borders, and what may stand in their place.
    private static let values = [
        "1749999000", "1747408000", "1747407999.9999999", "1747408000.0000001", "1750000000", "1749999999.999999", "0",
        "-0", "-5",
        "1e9", "1.75e9", "17499990000000000000", "1749999000.1234567890123", "null", "true", "false", "\"1\"", "[1]",
        "{\"ts\":1}",
        "01", "1.", ".5", "+1", "1e", "NaN", "\"\\ud83d\\ude00\"", "\"é\"", "\"\\u0000\"", "{}", "[]",
        "[[{}]]",
    ]
    private static let names = ["ts", "exp", "sub", "TS", "", "\\u0074s", "e\\u0078p", "ts ", "é", "nested"]

    private func written(_ random: inout SplitMix64) -> [UInt8] {
        let fields = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            let space = ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
            let name = Self.names.randomElement(using: &random) ?? ""
            return "\"\(name)\"\(space):\(space)\(Self.values.randomElement(using: &random) ?? "")"
        }
        return "{\(fields.joined(separator: ","))}".bytes
    }

    /// Readers of JSON differ in these, and ours is the careful one: it keeps such a session.
    private func isDisputed(_ value: [UInt8], _ verdict: SessionVerdict) -> Bool {
        guard verdict == .undated || verdict == .unreadable else { return false }
        let scanner = JSONScanner([["ts"], ["exp"]])
        let isObject = value.withUnsafeBytes { scanner.scan($0) }
        return scanner.hasRepetition || (!isObject && JSONScannerFuzzTests.isLeniency(value))
    }

    @Test func `sessions are judged as by another JSON reader, written well or badly`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var damaging = SeededGenerator(seed: Fuzz.seed)
        let judge = SessionJudge(policy: IndependentVerdict.policy, fields: IndependentVerdict.fields)
        var wrong: [String] = []
        var counts: [SessionVerdict: Int] = [:]
        let count = Fuzz.inputs()
        for number in 0..<count {
            let value = number % 2 == 0 ? SessionSamples.damaged(by: &damaging) : written(&random)
            let verdict = value.withUnsafeBytes { judge.verdict($0) }
            counts[verdict, default: 0] += 1
            let expected = IndependentVerdict.of(value)
            if verdict != expected, !isDisputed(value, verdict) {
                wrong.append("\(verdict), not \(expected): \(Bytes(value))")
            }
        }
        #expect(wrong.prefix(5) == [], "\(wrong.count) wrong; \(Fuzz.hint)")
        #expect(counts.count == 5 && counts.values.allSatisfy { $0 > count / 200 }, "\(counts)")
    }
}
