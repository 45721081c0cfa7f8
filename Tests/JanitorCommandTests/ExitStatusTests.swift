import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct ExitStatusTests {
    @Test(
        "Each outcome has the contract's number",
        arguments: [(CleanupOutcome.completed, 0 as Int32), (.failed, 1), (.partial, 3), (.refused, 4)])
    func outcomes(outcome: CleanupOutcome, status: Int32) {
        #expect(ExitStatus(outcome).rawValue == status)
    }

    @Test("A usage error is 2")
    func usage() {
        #expect(ExitStatus.usage.rawValue == 2)
    }
}
