import Foundation

/// What the environment says of a race.
enum RaceVariables {
    /// Repeats what an application does.
    static let seed = number("SESSION_JANITOR_SEED").map(UInt64.init) ?? .random(in: 0..<1_000_000_000)

    /// So many operations in all scenes, as `make stress` wants it; nil for a short look at each.
    static let operations = number("STRESS_OPERATIONS")
    static let isLong = operations != nil

    static let grace = Duration.milliseconds(isLong ? 400 : 250)

    /// In the names of the scenes that are wanted; nil for all.
    static let scene = ProcessInfo.processInfo.environment["STRESS_SCENE"].flatMap { $0.isEmpty ? nil : $0 }

    /// In the names of the disturbances that are wanted; nil for all.
    static let disturbance = ProcessInfo.processInfo.environment["STRESS_DISTURBANCE"].flatMap { $0.isEmpty ? nil : $0 }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
