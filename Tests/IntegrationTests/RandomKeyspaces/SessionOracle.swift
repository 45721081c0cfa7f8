import Foundation
import TestSupport

/// Judges a session by the contract alone, with another JSON reader than the janitor's.
struct SessionOracle {
    enum Verdict {
        case live, expired, undated, unreadable
    }

    /// The server's clock, in epoch seconds.
    var now: Double
    var maxAgeDays: Int

    func verdict(_ key: StoredKey) -> Verdict {
        guard case .string(let value) = key.content,
            let object = try? JSONSerialization.jsonObject(with: Data(value.raw)) as? [String: Any]
        else { return .unreadable }
        let created = SessionOracle.number(object["ts"])
        let expiry = SessionOracle.number(object["exp"])
        if created == nil, expiry == nil { return .undated }
        if let created, created < now - Double(maxAgeDays) * 86_400 { return .expired }
        if let expiry, expiry < now { return .expired }
        return .live
    }

    /// JSON's true and false come as numbers, too; only their type shows what they were.
    private static func number(_ value: Any?) -> Double? {
        guard let number = value as? NSNumber, String(cString: number.objCType) != "c" else { return nil }
        // Never, and a date in another unit, are no dates.
        return (946_684_800..<7_258_118_400).contains(number.doubleValue) ? number.doubleValue : nil
    }
}
