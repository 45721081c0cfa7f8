import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct ExitStatusTests {
    @Test(
        "Each outcome has the contract's number",
        arguments: [(CleanupOutcome.completed, 0 as Int32), (.failed, 1), (.partial, 3), (.refused, 4)])
    func outcomes(outcome: CleanupOutcome, status: Int32) {
        var report = CleanupReport(failed: .other("something"))
        report.outcome = outcome
        report.error = nil
        #expect(ExitStatus(report).rawValue == status)
    }

    @Test("A lock that is held, or lost, is 5", arguments: [LockError.held(by: nil), .lost(to: nil)])
    func locked(error: LockError) {
        #expect(ExitStatus(CleanupReport(failed: .lock(error))).rawValue == 5)
    }

    @Test("A usage error is 2")
    func usage() {
        #expect(ExitStatus.usage.rawValue == 2)
    }
}
