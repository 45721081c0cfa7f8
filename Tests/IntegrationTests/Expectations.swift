import TestSupport
import Testing

/// The run failed, said just this line about it, and printed no report for people.
func expectFailure(
    _ result: JanitorResult, _ line: String, status: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.status == .exited(status), sourceLocation: sourceLocation)
    #expect(result.error == "session-janitor: \(line)\n", sourceLocation: sourceLocation)
}
