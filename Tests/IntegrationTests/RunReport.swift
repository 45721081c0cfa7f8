import Foundation
import TestSupport

/// The JSON report as a script reads it.
struct RunReport: Decodable {
    struct Failure: Decodable, Equatable {
        var code: String
        var message: String
    }

    var mode: String
    /// Those of the numbers that are not null.
    var stats: [String: Int] { numbers.compactMapValues(\.self) }
    private var numbers: [String: Int?]
    var consistency: String
    var outcome: String
    var warnings: [String]
    var error: Failure?

    private enum CodingKeys: String, CodingKey {
        case mode, consistency, outcome, warnings, error
        case numbers = "stats"
    }

    init(_ result: JanitorResult) throws {
        do {
            self = try JSONDecoder().decode(RunReport.self, from: Data(result.output.utf8))
        } catch {
            throw SupportError("not a JSON report (\(error)): \(result)")
        }
    }

    /// The names of the numbers that are null.
    var unknown: Set<String> { Set(numbers.filter { $0.value == nil }.keys) }

    /// One of the numbers; one that is missing or null equals nothing.
    func stat(_ name: String) -> Int? { stats[name] }
}
