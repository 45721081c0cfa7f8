import Foundation
import Testing

@testable import SessionJanitor

struct DateTextTests {
    @Test
    func `a time as ISO 8601 writes it is what another reader takes it for`() {
        var random = SeededGenerator(seed: 3)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<500 {
            let seconds = Int.random(in: -2_000_000_000...8_000_000_000, using: &random)
            let zone = TimeZone(secondsFromGMT: Int.random(in: -11...11, using: &random) * 1_800)
            formatter.timeZone = zone
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(text.bytes.withUnsafeBytes(DateText.iso) == Double(seconds), "\(text)")
        }
    }

    @Test(arguments: [("2025-06-16T10:30:00.5Z", 0.5), ("2025-06-16 10:30:00.250+00:00", 0.25)])
    func `a fraction counts`(text: String, fraction: Double) {
        #expect(text.bytes.withUnsafeBytes(DateText.iso) == 1_750_069_800 + fraction)
    }

    @Test(arguments: [
        ("2025-06-16T10:30:00.250000+00:00", 0.25), ("2025-06-16T18:30:00.123456789+08:00", 0.123_456_789),
        ("2025-06-16T10:30:00+0000", 0), ("2025-06-16T02:30:00.5-0800", 0.5), ("2025-06-16 10:30:00Z", 0),
    ])
    func
        `each language's way to write a time is read: Python's isoformat, Go's RFC 3339, Java's and others' short zones`(
            text: String, fraction: Double
        )
    {
        let time = text.bytes.withUnsafeBytes(DateText.iso) ?? 0
        #expect(abs(time - 1_750_069_800 - fraction) < 1e-6)
    }

    @Test(arguments: ["", "Z", "+00:00", "-00:00"])
    func `what names no zone is taken for UTC, and that is noted`(zone: String) {
        var isTakenForUTC = false
        let time = "2025-06-16T10:30:00\(zone)".bytes.withUnsafeBytes { DateText.read($0, .iso, &isTakenForUTC) }
        #expect(time == 1_750_069_800)
        #expect(isTakenForUTC == zone.isEmpty)
    }

    @Test(arguments: [
        ("1750069800", 1_750_069_800), ("1750069800000", 1_750_069_800), ("946684800000", 946_684_800),
        ("7258118399", 7_258_118_399), ("1750069800.5", 1_750_069_800.5), ("0", 0),
    ])
    func `where the layout leaves the unit open, a number's size tells it`(text: String, expected: Double) throws {
        let field = try #require(try DateField("created=json:t", prefix: "p"))
        #expect(field.format == .number)
        for value in ["{\"t\":\(text)}", "{\"t\":\"\(text)\"}"] {
            try value.bytes.withUnsafeBytes { bytes in
                var isTakenForUTC = false
                let content = try #require(SessionContent(json: bytes, JSONScanner([["t"]])))
                #expect(content.date(field, &isTakenForUTC) == expected)
            }
        }
    }

    @Test(arguments: [
        "", "2025-06-16", "2025-06-16T10:30:00.Z", "2025-13-16T10:30:00Z", "x",
        "2025-06-16T25:30:00Z", "2025-06-16T10:30:00Zx", "1750069800", "2025-6-16T10:30:00Z",
        "2025-06-16T10:30:00+1",
    ])
    func `what is no time is no date`(text: String) {
        #expect(text.bytes.withUnsafeBytes(DateText.iso) == nil)
    }

    @Test(
        arguments: [
            ("12", 12.0), ("-1.5", -1.5), ("1e3", 1_000), ("", nil), ("inf", nil), ("nan", nil), ("0x10", nil),
            ("1 ", nil),
        ]
            as [(String, Double?)])
    func `numbers are read, and nothing else is taken for one`(text: String, expected: Double?) {
        #expect(text.bytes.withUnsafeBytes(DateText.number) == expected)
    }

    @Test
    func `of Java's numbers the last bytes are the value`() {
        let head: [UInt8] = [0xac, 0xed, 0, 5]
        let long = head + [UInt8](repeating: 1, count: 70) + [0, 0, 1, 0x97, 0x78, 0xf2, 0x9c, 0x40]
        let integer = head + [UInt8](repeating: 1, count: 73) + [0xff, 0xff, 0xff, 0xff]
        #expect(long.withUnsafeBytes(DateText.java) == Double(0x197_78f2_9c40))
        #expect(integer.withUnsafeBytes(DateText.java) == -1)
        #expect("1750069800000".bytes.withUnsafeBytes(DateText.java) == 1_750_069_800_000)
        #expect(head.withUnsafeBytes(DateText.java) == nil)
    }

    @Test
    func `a field of a hash, with its addend, is a date; a life below zero has no end`() throws {
        let field = try #require(try DateField("expiry=hash:la+ttl:s", prefix: "p"))
        func date(_ la: String, _ ttl: String) -> Double? {
            la.bytes.withUnsafeBytes { la in
                ttl.bytes.withUnsafeBytes { ttl in
                    var isTakenForUTC = false
                    return SessionContent(fields: ["la": la, "ttl": ttl]).date(field, &isTakenForUTC)
                }
            }
        }
        #expect(date("100", "20") == 120)
        #expect(date("100", "-1") == nil)
        #expect(date("soon", "20") == nil)
    }

    @Test(
        arguments: [
            (#"{"a":{"b":1000}}"#, 1.0), (#"{"a":{"b":"1000"}}"#, nil), (#"{"a":1000}"#, nil),
            (#"{"a":{"b":true}}"#, nil),
            (#"{"a":{"b":1000},"a":{"b":2000}}"#, nil), (#"{}"#, nil), (#"{"a":{"b":1000,"b":2000}}"#, nil),
            (#"{"a":{"b":1000,"\u0062":"x"}}"#, nil), (#"{"a":{"b":1000},"b":1,"c":{"b":2,"a":{"b":3}}}"#, 1),
            (#"{"a":1,"a":{"b":1000}}"#, nil), (#"{"a":[{"b":1000}]}"#, nil), (#"{"x":{"a":{"b":1000}}}"#, nil),
        ] as [(String, Double?)])
    func `a path leads into a JSON object; a name that stands twice is no evidence`(text: String, expected: Double?)
        throws
    {
        let field = try #require(try DateField("created=json:a.b:ms", prefix: "p"))
        try text.bytes.withUnsafeBytes { bytes in
            let content = try #require(SessionContent(json: bytes, JSONScanner([["a", "b"]])))
            var isTakenForUTC = false
            #expect(content.date(field, &isTakenForUTC) == expected)
            #expect(!isTakenForUTC)
        }
    }
}
