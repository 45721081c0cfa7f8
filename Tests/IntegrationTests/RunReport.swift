import Foundation
import TestSupport

/// The JSON report as a script reads it.
struct RunReport: Decodable {
    struct Failure: Decodable, Equatable {
        var code: String
        var message: String
    }

    var mode: String
    var stats: [String: Int]
    var consistency: String
    var outcome: String
    var warnings: [String]
    var error: Failure?

    init(_ result: JanitorResult) throws {
        do {
            self = try JSONDecoder().decode(RunReport.self, from: Data(result.output.utf8))
        } catch {
            throw SupportError("not a JSON report (\(error)): \(result)")
        }
    }

    /// One of the numbers; one that is missing equals nothing.
    func stat(_ name: String) -> Int? { stats[name] }
}
