import RedisClient
import SessionJanitor
import Testing

@testable import JanitorCommand

struct RunLogTextTests {
    @Test
    func `the first line says where and how`() throws {
        #expect(
            RunLogText.started(try Sample.options(["scheduled", "--include-expired", "--max-age-days=7"]))
                == "started server=redis://user:***@db.example.org:7000/3 prefix=appauth mode=clean "
                + "include_expired=true max_age_days=7")
        #expect(RunLogText.started(try Sample.options(["scheduled", "-n"])).contains(" mode=dry-run "))
    }

    @Test
    func `the last line is short: the outcome, and every number that is not 0 by its name in JSON`() throws {
        let record = try Sample.record(["scheduled"], report: Sample.report(.completed, .repaired, Sample.found))
        let line = RunLogText.finished(record)
        #expect(
            line.hasPrefix("finished outcome=completed exit_status=0 empty_user_sessions_found=17 "))
        #expect(line.hasSuffix(" consistency=repaired duration_seconds=1.500"))
        let words = line.split(separator: " ")
        let numbers = Sample.found.numbers.filter { $0.value ?? 0 > 0 }
        for (name, value) in numbers { #expect(words.contains("\(name)=\(value ?? -1)")) }
        #expect(words.count == 5 + numbers.count)
        #expect(!line.contains("=0 ") || line.contains("exit_status=0 "))
    }

    @Test(arguments: [(CleanupOutcome.partial, 3), (.refused, 4), (.failed, 1)])
    func `the last line has the exit status of a run that came to nothing`(outcome: CleanupOutcome, status: Int) throws
    {
        let line = RunLogText.finished(try Sample.record(report: Sample.report(outcome, .needsRepair)))
        #expect(line.hasPrefix("finished outcome=\(outcome.rawValue) exit_status=\(status) consistency=needs_repair "))
        let locked = CleanupReport(failed: .lock(.held(by: nil)))
        #expect(RunLogText.finished(try Sample.record(report: locked)).contains(" exit_status=5 "))
    }

    @Test
    func `text from others stays one tame line and one word`() throws {
        for prefix in ["a\nb", "a\r\nb", "a b", "a\u{1b}[2J", "a\u{2028}b\u{202e}", "", "\"", "=x y=z"] {
            let line = RunLogText.started(try Sample.options(["scheduled", "--prefix", prefix]))
            #expect(line.isOneTameLine)
            #expect(line.contains(" prefix="))
        }
        #expect(
            RunLogText.started(try Sample.options(["scheduled", "--prefix", "a b"])).contains(" prefix=\"a b\" mode="))
    }
}
