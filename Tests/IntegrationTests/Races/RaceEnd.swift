import TestSupport
import Testing

/// What has to be true when the application has come to rest.
enum RaceEnd {
    /// One run more leaves nothing to do, and has taken nothing that it should not; `run` makes one with these options.
    static func check(
        _ application: RaceApplication,
        _ run: (_ arguments: [String]) throws -> (status: ChildProcess.Ending, report: RunReport)
    ) throws {
        try application.settle()
        try application.checkAll()
        let (status, quiet) = try run(["--include-expired"])
        #expect(status == .exited(0))
        #expect(quiet.outcome == "completed", "\(quiet)")
        #expect(quiet.stat("orphaned_sessions_removed") == quiet.stat("orphaned_sessions_found"))
        try application.checkAll()
        let (_, after) = try run(["--dry-run", "--include-expired"])
        #expect(after.consistency == "good")
        #expect(after.stat("orphaned_sessions_found") == 0)
        #expect(after.stat("expired_sessions_found") == 0)
        #expect(after.stat("unindexed_sessions_found") == 0)
        #expect(after.stat("valid_sessions_found") == application.sessions.count)
        #expect(after.stat("sessions_checked") == application.sessions.count)
    }
}
