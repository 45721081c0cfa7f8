import Foundation

/// Inputs for parsers, damaged at random, and how many of them: `FUZZ_INPUTS` says so, as `make fuzz` does.
public enum Fuzz {
    /// `SESSION_JANITOR_SEED` repeats the inputs of a former run.
    public static let seed: UInt64 = number("SESSION_JANITOR_SEED").map(UInt64.init) ?? .random(in: 0..<1_000_000_000)

    /// How many inputs to try: `few`, or what the variable says; slow ones get one in `share` of that.
    public static func inputs(_ few: Int = 3_000, share: Int = 1) -> Int {
        number("FUZZ_INPUTS").map { max($0 / share, 1) } ?? few
    }

    /// What a failing test says so that somebody can repeat it.
    public static var hint: String { "SESSION_JANITOR_SEED=\(seed) repeats this" }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    /// A copy with up to `changes` random changes; `pieces` are what the format is made of.
    public static func damaged(
        _ bytes: [UInt8], with pieces: [[UInt8]], changes: Int = 4, _ random: inout SplitMix64
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...changes, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(start + Int.random(in: 0...6, using: &random), bytes.count)
            switch Int.random(in: 0..<7, using: &random) {
            case 0 where start < bytes.count: bytes[start] = UInt8.random(in: 0...255, using: &random)
            case 1 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.removeSubrange(start..<end)
            case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 4: bytes.removeSubrange(start...)
            case 5: bytes.replaceSubrange(start..<end, with: pieces.randomElement(using: &random) ?? [])
            default: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: start)
            }
        }
        return bytes
    }
}
