import Foundation
import TestSupport

/// One fault on the way between the janitor and the server: what happens, in which direction, and where.
struct FaultCase: Sendable, CustomStringConvertible {
    enum Kind: String, Sendable {
        case cut, garbage, stall, delay
    }

    var kind: Kind
    var direction: FaultProxy.Direction
    var isDryRun: Bool
    /// Of all the bytes that go in this direction during a run, how many come before.
    var position: Int
    var positions: Int

    var description: String {
        "\(kind.rawValue) \(direction.rawValue) at \(position) of \(positions) in a \(isDryRun ? "dry" : "real") run"
    }

    /// `FAULT_POSITIONS` says at how many places, which `make stress` uses.
    private static let positions =
        ProcessInfo.processInfo.environment["FAULT_POSITIONS"].flatMap { Int($0) } ?? 8

    static let all: [FaultCase] = FaultProxy.Direction.allCases.flatMap { direction in
        [true, false].flatMap { isDryRun in
            cases(.cut, direction, isDryRun, positions)
                + (direction == .toClient ? cases(.garbage, direction, isDryRun, positions) : [])
                + cases(.stall, direction, isDryRun, max(positions / 4, 1))
                + cases(.delay, direction, isDryRun, max(positions / 4, 1))
        }
    }

    private static func cases(
        _ kind: Kind, _ direction: FaultProxy.Direction, _ isDryRun: Bool, _ positions: Int
    ) -> [FaultCase] {
        (0..<positions).map {
            FaultCase(kind: kind, direction: direction, isDryRun: isDryRun, position: $0, positions: positions)
        }
    }

    var fault: FaultProxy.Fault {
        switch kind {
        case .cut: .cut
        case .garbage: .insert(Bytes([0x01, 0xff, 0x00, 0x0d, 0x0a, 0x24]))
        case .stall: .stall
        case .delay: .delay(.milliseconds(100))
        }
    }

    var words: [String] {
        (isDryRun ? ["--dry-run"] : []) + (kind == .stall ? ["--timeout", "300ms"] : [])
    }

    var ending: FaultScene.Ending {
        switch kind {
        case .cut: .either(["connection_lost"])
        // Where it hits the last bytes, or a text that does not matter, nothing comes of it.
        case .garbage: .either([])
        case .stall: .either(["timed_out"])
        case .delay: .done
        }
    }
}
