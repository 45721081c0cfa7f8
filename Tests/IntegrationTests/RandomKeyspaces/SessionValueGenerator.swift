import Foundation
import TestSupport

/// Writes session values: JSON objects in many spellings, and what is none.
struct SessionValueGenerator {
    /// The clock, and the moment before which a `ts` is too old; dates keep away from both.
    var now: Int
    var cutoff: Int

    /// Texts that no JSON reader may take for an object.
    static let broken: [String] = [
        "", " ", "{", "}", "[]", "[{\"ts\":1}]", "12", "\"ts\"", "null", "true", "{\"ts\"}", "{\"ts\":}", "{\"ts\" 1}",
        "{ts:1}", "{'ts':1}", "{\"ts\":1", "{\"ts\":1}}", "{\"ts\":1} x", "{\"ts\":1}{\"ts\":1}", "{\"ts\":1,,\"a\":2}",
        "{,\"ts\":1}", "{\"ts\":.5}", "{\"ts\":1.}", "{\"ts\":+1}", "{\"ts\":0x10}", "{\"ts\":1e}", "{\"ts\":1e+}",
        "{\"ts\":-}", "{\"ts\":Infinity}", "{\"ts\":NaN}", "{\"ts\":tru}", "{\"ts\":True}", "{\"ts\":1700000000 1}",
        "{\"ts\":1;\"exp\":2}", "{\"ts\":1,\"a\":\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"ts\":1,\"a\":[1,2}",
        "{\"ts\":1,\"a\":{\"b\":1}", "{\"a\":[}],\"ts\":1}", "a:1:{s:2:\"ts\";i:5;}", "<xml/>", "ts=1", "{\"ts\":01}",
    ]

    func value(_ random: inout SplitMix64) -> Bytes {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return Bytes(SessionValueGenerator.broken.randomElement(using: &random) ?? "")
        case 1:
            // Without its end, no object is one.
            let whole = object(&random)
            return Bytes(whole.utf8.dropLast(Int.random(in: 1...5, using: &random)))
        default: return Bytes(object(&random))
        }
    }

    /// A session whose dates are as given, in the plain form that applications write.
    static func plain(created: Int?, expiry: Int? = nil) -> Bytes {
        let dates = [("ts", created), ("exp", expiry)].compactMap { name, date in date.map { "\"\(name)\": \($0)" } }
        let others = ["\"sub\": \"110\"", "\"email\": \"a@example.org\"", "\"ua\": \"Mozilla/5.0 (X11)\""]
        return Bytes("{" + (dates + others).joined(separator: ", ") + "}")
    }

    private func object(_ random: inout SplitMix64) -> String {
        var members: [(name: String, value: String)] = []
        if let created = date(around: cutoff, &random) { members.append((spelling(of: "ts", &random), created)) }
        if let expiry = date(around: now, &random), Bool.random(using: &random) {
            members.append((spelling(of: "exp", &random), expiry))
        }
        for (name, values) in SessionValueGenerator.others where Int.random(in: 0..<3, using: &random) == 0 {
            members.append((name, values.randomElement(using: &random) ?? "null"))
        }
        members.shuffle(using: &random)
        let spaced = Int.random(in: 0..<3, using: &random)
        func space() -> String {
            spaced == 0 ? "" : spaced == 1 ? " " : ["", " ", "\n", "\t", "\r\n  "].randomElement(using: &random) ?? ""
        }
        let texts = members.map { "\"\($0.name)\"\(space()):\(space())\($0.value)" }
        return space() + "{" + space() + texts.joined(separator: space() + "," + space()) + space() + "}" + space()
    }

    private static let others: [(String, [String])] = [
        ("sub", ["\"110\"", "110", "null"]),
        ("email", ["\"a@example.org\"", "\"ü@exämple.org\"", "\"\\u00fc\"", "\"日本 😀\"", "\"\\ud83d\\ude00\""]),
        ("ua", ["\"Mozilla/5.0 (X11; \\\"Linux\\\")\"", "\"\\\\\"", "\"a\\/b\\n\\t\\r\\b\\f\"", "\"{\\\"ts\\\":1}\""]),
        ("ip", ["\"127.0.0.1\"", "\"::1\""]),
        ("nested", ["{\"ts\":1,\"exp\":1}", "{}", "{\"a\":{\"ts\":[{\"exp\":0}]}}", "{\"ts\":null}"]),
        ("list", ["[]", "[1,\"ts\",{\"ts\":1}]", "[[[[]]]]", "[true,false,null]"]),
        ("", ["1", "\"\""]), ("ts ", ["1"]), ("TS", ["1"]), (" exp", ["1"]), ("t", ["\"s\""]), ("EXP", ["0"]),
        ("\\\"ts", ["1"]), ("größe", ["1.5"]), ("flag", ["true", "false"]), ("n", ["-0", "1E-5", "12345678901234567"]),
        ("padding", ["\"" + String(repeating: "x", count: 20_000) + "\"", "\"x\""]),
    ]

    private func spelling(of name: String, _ random: inout SplitMix64) -> String {
        guard Int.random(in: 0..<6, using: &random) == 0 else { return name }
        return String(
            name.unicodeScalars.flatMap { scalar -> [Character] in
                Bool.random(using: &random)
                    ? Array(String(format: "\\u%04x", scalar.value)) : [Character(scalar)]
            })
    }

    /// A date on either side of the border, or something in its place; nil to leave it out.
    private func date(around border: Int, _ random: inout SplitMix64) -> String? {
        let distance = [10, 60, 3_600, 86_400, 40 * 86_400].randomElement(using: &random) ?? 10
        let later = border + distance + Int.random(in: 0..<1_000, using: &random)
        let earlier = border - distance - Int.random(in: 0..<1_000, using: &random)
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<8: return number(later, &random)
        case 8..<14: return number(earlier, &random)
        case 14: return "0"
        case 15: return ["-1", "-0.5", "-99999999999", "-1e3"].randomElement(using: &random)
        case 16: return "null"
        case 17: return ["\"\(earlier)\"", "\"\"", "\"0\"", "\"2020-01-01T00:00:00Z\""].randomElement(using: &random)
        case 18: return ["true", "false"].randomElement(using: &random)
        case 19: return ["[\(earlier)]", "{\"ts\":\(earlier)}", "[]", "{}"].randomElement(using: &random)
        case 20: return ["1e0", "5E-3", "0.0", "1e11", "1E+12", "12345678901234"].randomElement(using: &random)
        default: return nil
        }
    }

    private func number(_ seconds: Int, _ random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<2: String(seconds)
        case 2..<4: "\(seconds).\(Int.random(in: 0..<10_000_000, using: &random))"
        case 4: String(format: "%.12e", Double(seconds))
        default: String(format: "%.9E", Double(seconds))
        }
    }
}
