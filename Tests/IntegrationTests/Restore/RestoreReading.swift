import Foundation
import TestSupport

/// The JSON report of a restore as a script reads it.
struct RestoreReading: Decodable {
    var mode: String
    var stats: [String: Int]
    var outcome: String
    var warnings: [String]
    var error: RunReport.Failure?

    init(_ result: JanitorResult) throws {
        do {
            self = try JSONDecoder().decode(RestoreReading.self, from: Data(result.output.utf8))
        } catch {
            throw SupportError("not a JSON report (\(error)): \(result)")
        }
    }

    func stat(_ name: String) -> Int? { stats[name] }
}
