import SessionJanitor
import Testing

@testable import JanitorCommand

struct ExitStatusTests {
    @Test(arguments: [(CleanupOutcome.completed, 0 as Int32), (.failed, 1), (.partial, 3), (.refused, 4)])
    func `each outcome has the contract's number`(outcome: CleanupOutcome, status: Int32) {
        var report = CleanupReport(failed: .other("something"))
        report.outcome = outcome
        report.error = nil
        #expect(ExitStatus(report).rawValue == status)
    }

    @Test(arguments: [LockError.held(by: nil), .lost(to: nil)])
    func `a lock that is held, or lost, is 5`(error: LockError) {
        #expect(ExitStatus(CleanupReport(failed: .lock(error))).rawValue == 5)
    }

    @Test
    func `a usage error is 2`() {
        #expect(ExitStatus.usage.rawValue == 2)
    }
}
