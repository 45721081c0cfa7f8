import Foundation
import TestSupport
import Testing

/// The run failed, said just this line about it, and printed no report for people.
///
/// A `…` in the line stands for what the server said, in which every version has words of its own.
func expectFailure(
    _ result: JanitorResult, _ line: String, status: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.status == .exited(status), sourceLocation: sourceLocation)
    var rest = result.error[...]
    for (number, part) in "session-janitor: \(line)\n".components(separatedBy: "…").enumerated() {
        guard let place = rest.firstRange(of: part), number > 0 || place.lowerBound == rest.startIndex else {
            Issue.record("expected: \(line)\nfound: \(result.error)", sourceLocation: sourceLocation)
            return
        }
        rest = rest[place.upperBound...]
    }
    #expect(rest.isEmpty && result.errorLines.count == 1, "\(result.error)", sourceLocation: sourceLocation)
}
