import Foundation

@testable import SessionJanitor

/// The contract's rule, on top of another JSON reader than the one under test: nil if the bytes are no JSON object.
struct IndependentVerdict {
    static let now = 1_750_000_000.0
    static let maxAgeDays = 30
    static let policy = RetentionPolicy(now: now, maxAgeDays: maxAgeDays)
    static let fields = fields(created: "ts", expiry: "exp")

    static func fields(created: String, expiry: String) -> [DateField] {
        [
            DateField(clock: .created, source: .json([created]), format: .seconds),
            DateField(clock: .expiry, source: .json([expiry]), format: .seconds),
        ]
    }

    static func of(_ value: [UInt8]) -> SessionVerdict {
        guard let object = (try? JSONSerialization.jsonObject(with: Data(value))) as? [String: Any] else {
            return .unreadable
        }
        let numbers = [number(object["ts"]), number(object["exp"])]
        let (created, expiry) = (numbers[0].flatMap(date), numbers[1].flatMap(date))
        if created == nil, expiry == nil {
            return numbers.contains { $0 ?? 0 > 0 } ? .misdated : .undated
        }
        if let created, created < now - Double(maxAgeDays) * 86_400 { return .expired }
        if let expiry, expiry < now { return .expired }
        return .live
    }

    /// Nil for never, and for a date in another unit.
    private static func date(_ number: Double) -> Double? {
        (946_684_800..<7_258_118_400).contains(number) ? number : nil
    }

    private static func number(_ value: Any?) -> Double? {
        // A boolean is an NSNumber, too; its type is the one of a C character.
        guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return nil }
        return number.doubleValue
    }
}

extension RetentionPolicy {
    /// The verdict on a session with these dates; nil stands for a date that is missing, never for 0.
    func verdict(created: Double?, expiry: Double?) -> SessionVerdict {
        var dates = SessionDates()
        dates.note(.created, created)
        dates.note(.expiry, expiry)
        return verdict(dates)
    }
}
