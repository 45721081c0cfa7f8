import Foundation
import Testing

@testable import SessionJanitor

struct JSONScannerTests {
    private let scanner = JSONScanner([["ts"], ["exp"]])

    private func isObject(_ value: [UInt8]) -> Bool { value.withUnsafeBytes { scanner.scan($0) } }

    private func verdict(_ value: [UInt8], _ fields: [DateField] = IndependentVerdict.fields) -> SessionVerdict {
        let judge = SessionJudge(policy: IndependentVerdict.policy, fields: fields)
        return value.withUnsafeBytes { judge.verdict($0) }
    }

    @Test(arguments: [
        #"{"ts":1749999000}"#,
        #"{"exp":1750000100}"#,
        #"{"ts":1749999000.123456,"exp":1750003600}"#,
        " \t\r\n{ \"ts\" : 1749999000 , \"a\" : null , \"b\" : true , \"c\" : false } \n",
        #"{"sub":"","email":"a@b","ts":1749999000,"n":0,"m":0.5}"#,
        #"{"nots":1,"tsx":1,"":1,"ts":1749999000,"expx":0}"#,
        #"{"":"","ua":"exactly eight bytes, then a quote: 12345678","ts":1747408002}"#,
    ])
    func `a flat object of plain strings whose dates are safely on the living side is live`(text: String) {
        #expect(verdict(text.bytes) == .live)
        #expect(IndependentVerdict.of(text.bytes) == .live)
    }

    @Test(arguments: [
        "{}", "  {  }  ", #"{"a":1}"#, #"{"ts":1}"#, #"{"ts":0}"#, #"{"exp":1}"#, #"{"ts":1749999000,"exp":1}"#,
        #"{"ts":1,"exp":1750003600}"#, #"{"ts":null}"#, #"{"ts":true,"exp":1750003600}"#,
        #"{"ts":"1749999000"}"#, #"{"ts":1747408000}"#, #"{"exp":1750000000}"#, #"{"ts":1747407999.9}"#,
        #"{"ts":1747407999.99999976}"#, #"{"ts":17474079999999999e-7}"#, #"{"exp":1749999999.9999998}"#,
    ])
    func `well-formed but old or undated is not live, and what is too close to call for others is called`(text: String)
    {
        #expect(isObject(text.bytes))
        #expect(verdict(text.bytes) == IndependentVerdict.of(text.bytes))
    }

    @Test(arguments: [
        "", " ", "null", "[]", "1", "\"ts\"", "{", "}", "{]", #"{"ts":1749999000"#, #"{"ts":1749999000}}"#,
        #"{"ts":1749999000} x"#, #"{,"ts":1749999000}"#, #"{"ts" 1749999000}"#,
        #"{ts:1749999000}"#, #"{'ts':1749999000}"#, #"{"ts":01749999000}"#, #"{"ts":1749999000.}"#,
        #"{"ts":.5}"#, #"{"ts":+1749999000}"#, #"{"ts":-1}"#, #"{"ts":1.7e9}"#, #"{"ts":1E9}"#, #"{"ts":NaN}"#,
        #"{"ts":1749999000,"ts":1749999000}"#, #"{"ts":1749999000,"exp":1750003600,"exp":1}"#,
        #"{"ts":1234567890123456789}"#, #"{"ts":1749999000,"a":{}}"#, #"{"ts":1749999000,"a":[]}"#,
        #"{"\u0074s":1749999000}"#, #"{"ts":1749999000,"a":"\n"}"#, #"{"ts":1749999000,"a":"é"}"#,
        "{\"ts\":1749999000,\"a\":\"\n\"}", "{\"ts\":1749999000,\"a\":\"12345678\u{1}\"}",
        "{\"ts\":1749999000}\0", #"{"ts":1749999000,"a":tru}"#, #"{"ts":1749999000,"a":nul"#,
        #"{"ts":1749999000,"a":truefalse}"#, #"{"ts":1749999000;"a":1}"#, #"{"ts":1749999000,"a":"open}"#,
        #"{"a":[1,{"b":[]},"c"]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#, #"{"a":[1}"#, #"{"a":{"b":1]}"#, #"{"a":-}"#,
        #"{"a":"\ud83d\ude00"}"#, #"{"a":"\ud83d"}"#, #"{"a":"\ude00\ud83d"}"#, #"{"a":"\ud83dx"}"#, #"{"a":1e}"#,
        #"{"a":-0.0e-0}"#, #"{"a":"\"}"#, #"{"a":"\u12g4"}"#, #"{"a":1}{"#, #"{"a":--1}"#, #"{"a":0x1}"#,
        #"{"a":-true}"#, #"{"a":-null}"#, #"{"a":0.true}"#, #"{"a":1e+false}"#, #"{"a":1.}"#,
    ])
    func `what is not of the simplest form is an object where the library says so`(text: String) {
        #expect(isObject(text.bytes) == (IndependentVerdict.of(text.bytes) != .unreadable))
    }

    @Test(arguments: [#"{"ts":1749999000,}"#, #"{"a":[1,]}"#])
    func `a comma before a closing brace or bracket is not JSON`(text: String) {
        #expect(!isObject(text.bytes))
    }

    @Test
    func `a byte that makes a string not plain is seen at every offset`() {
        for length in 1...24 {
            for position in 0..<length {
                for byte in [0x00, 0x1f, 0x5c, 0x80, 0xff] as [UInt8] {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[position] = byte
                    let value = #"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes
                    #expect(!isObject(value))
                }
                var text = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                text[position] = 0x7f
                #expect(verdict(#"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes) == .live)
                // A quote ends the string wherever it stands, and what follows is not JSON.
                text[position] = UInt8(ascii: "\"")
                #expect(!isObject(#"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes))
            }
        }
    }

    @Test
    func `other fields hold the dates where a layout says so`() {
        let fields = IndependentVerdict.fields(created: "créé", expiry: "")
        #expect(verdict(#"{"":1750000100,"ts":1,"exp":1}"#.bytes, fields) == .live)
        #expect(verdict(#"{"":1000000000}"#.bytes, fields) == .expired)
        #expect(verdict(#"{"cr\u00e9\u00E9":1000000000}"#.bytes, fields) == .expired)
    }

    private func found(_ text: String) -> [String]? {
        text.bytes.withUnsafeBytes { bytes in
            let scanner = JSONScanner([["a"], ["a", "b"], ["a", "c", "d"], ["é\"\n😀"]])
            guard scanner.scan(bytes) else { return nil }
            return (0..<4).map { path in
                switch scanner[path] {
                case .missing: "-"
                case .other: "other"
                case .number(let number): String(number)
                case .text(let range, let hasEscapes):
                    String(
                        decoding: hasEscapes ? JSONScanner.unescaped(bytes[range]) : Array(bytes[range]), as: UTF8.self)
                }
            }
        }
    }

    @Test(arguments: [
        (#"{"a":{"b":1,"c":{"d":"x"}}}"#, ["other", "1.0", "x", "-"]),
        (#"{"a":{"x":{"b":1},"c":{"x":{"d":1}},"b":true}}"#, ["other", "other", "-", "-"]),
        (#"{"b":1,"c":{"d":1},"x":{"a":{"b":1}},"y":[{"a":1}]}"#, ["-", "-", "-", "-"]),
        (#"{"a":[{"b":1}],"é\"\n😀":"\u00e9\ud83d\ude00\/\b\f\r\t"}"#, ["other", "-", "-", "é😀/\u{8}\u{c}\r\t"]),
        (#"{"\u0061":{"\u0062":-0.5e2},"\u00e9\"\u000a\ud83d\ude00":""}"#, ["other", "-50.0", "-", ""]),
        (#"{"a":{"b":1,"b":2,"c":{"d":3}}}"#, ["other", "-", "3.0", "-"]),
        (#"{"a":{"b":1,"c":{"d":3}},"a":1}"#, ["-", "-", "-", "-"]),
        (#"{"a":{"c":{"d":3},"b":7,"c":null}}"#, ["other", "7.0", "-", "-"]),
        (#"{"a":{"x":1,"x":2,"b":1}}"#, ["other", "1.0", "-", "-"]),
    ])
    func `what stands at the paths is found, and nothing that stands elsewhere`(text: String, expected: [String]) {
        #expect(found(text) == expected)
    }

    @Test(arguments: [
        "1749999000.1234567", "1749999000.12345678901234567890", "0.1", "9007199254740993", "1e-320", "123e20",
        "2.2250738585072011e-308", "00", "1747407999.99999988", "4.35", "0.000001", "123456789012345.678",
    ])
    func `a date is read to the last bit`(text: String) {
        let found = found(#"{"a":{"b":\#(text)}}"#)?[1]
        #expect(found == (text == "00" ? nil : Double(text).map { String($0) }))
    }

    @Test(arguments: ["[", #"{"a":"#, #"{"ts":[{"a":"#])
    func `however a value is nested, it is read in one pass`(open: String) {
        let value = (#"{"a":"# + String(repeating: open, count: 1_000_000)).bytes
        let wide = (#"{"a":["# + String(repeating: #"{"ts":[[[]]]},"#, count: 300_000) + "1]}").bytes
        let start = ContinuousClock.now
        #expect(!isObject(value))
        #expect(isObject(wide))
        // By the square of their length these would take hours.
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test
    func `what it says of 20,000 damaged values, the JSON library says too`() {
        var random = SeededGenerator(seed: 5)
        var counts: [Bool: Int] = [:]
        var wrong: [String] = []
        for _ in 0..<20_000 {
            let value = SessionSamples.damaged(by: &random)
            let isObject = isObject(value)
            counts[isObject, default: 0] += 1
            if isObject != (IndependentVerdict.of(value) != .unreadable), !JSONScannerFuzzTests.isLeniency(value) {
                wrong.append(String(decoding: value, as: UTF8.self))
            }
        }
        #expect(wrong == [])
        // The damage leaves enough of each kind to mean something.
        #expect(counts.values.allSatisfy { $0 > 300 } && counts.count == 2, "\(counts)")
    }
}
