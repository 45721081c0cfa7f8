import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

struct LanguageTests {
    @Test(
        arguments: [
            ([:], Language.english), (["LANG": "zh_CN.UTF-8"], .chinese), (["LANG": "zh"], .chinese),
            (["LANG": "zhx_ZZ"], .english), (["LC_ALL": "C", "LANG": "zh_CN"], .english),
            (["LC_ALL": "", "LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US"], .chinese),
            (["LC_MESSAGES": "de_DE", "LANG": "zh_CN"], .english),
        ] as [([String: String], Language)])
    func `the first variable that is set decides`(variables: [String: String], language: Language) {
        #expect(Language(environment: variables) == language)
    }

    @Test
    func `--lang wins over the environment, and other values are refused`() throws {
        #expect(try Sample.options(["--lang", "en"], ["LANG": "zh_CN"]).language == .english)
        #expect(try Sample.options(["--lang=zh"]).language == .chinese)
        #expect(throws: UsageError.self) { try Sample.options(["--lang", "fr"]) }
        // What is wrong with a command line is said in the language that it asks for.
        #expect(Language(words: ["--bogus", "--lang", "zh"], environment: [:]) == .chinese)
    }

    @Test
    func `a report in Chinese has the labels of the former tool, and fits into 80 columns`() throws {
        var statistics = CleanupStatistics()
        statistics.orphanedEntriesFound = 1_234
        statistics.orphanedEntriesRemoved = 1_234
        let report = Sample.report(
            .partial, .repaired, statistics,
            warnings: [.undatedSessions(3), .uncertainRemovals(2), .unlocked, .changedSessions(1)])
        let record = try Sample.record(["--lang", "zh"], report: report)
        let text = record.text(TextStyle(isColored: false))
        for label in ["检查的用户会话键", "检查的记录数", "发现的有效会话", "发现的孤儿会话", "移除的孤儿会话", "删除的空用户会话键"] {
            #expect(text.contains(label))
        }
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 80 })
        // The figures end in one column although the characters before them are wide.
        let figures = lines.filter { $0.hasSuffix("1,234") }
        #expect(figures.count == 2)
        #expect(Set(figures.map { DisplayWidth.of($0) }).count == 1)
    }

    @Test
    func `JSON is the same in every language`() throws {
        let report = Sample.report(
            .refused, .needsRepair, warnings: [.undatedSessions(3)], refusal: .noSessionExists(entries: 101))
        let english = try (try Sample.record(report: report)).json()
        let chinese = try (try Sample.record(["--lang", "zh"], report: report)).json()
        #expect(english == chinese)
    }

    @Test
    func `errors, refusals and the question are told in Chinese`() throws {
        let options = try Sample.options(["--lang", "zh"])
        for error in [
            CleanupError.redis(.cannotConnect(reason: "x")), .redis(.serverRestarted), .lock(.held(by: nil)),
            .redis(.server(command: .scan, code: "NOPERM", message: "NOPERM x")),
        ] {
            #expect(isChinese(error.message(options).chinese))
            #expect(!isChinese(error.message(options).english))
        }
        #expect(isChinese(Refusal.noSessionExists(entries: 101).message.chinese))
        var found = CleanupStatistics()
        found.orphanedEntriesFound = 1
        let record = try Sample.record(report: Sample.report(.completed, .good, found))
        let verdict = AttendedRun.verdict(Changes(record, isDone: false))
        #expect(isChinese(verdict.chinese))
        #expect(!isChinese(verdict.english))
    }

    private func isChinese(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x4e00...0x9fff).contains($0.value) }
    }
}
