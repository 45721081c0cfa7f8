import Foundation

/// What the environment says of a race.
enum RaceVariables {
    /// Repeats what an application does.
    static let seed = number("SESSION_JANITOR_SEED").map(UInt64.init) ?? .random(in: 0..<1_000_000_000)

    static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
