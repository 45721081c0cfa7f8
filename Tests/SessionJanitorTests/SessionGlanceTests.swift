import Foundation
import Testing

@testable import SessionJanitor

@Suite struct SessionGlanceTests {
    private func look(_ value: [UInt8]) -> SessionGlance.Finding {
        value.withUnsafeBytes {
            SessionGlance.look(at: $0, fields: IndependentVerdict.fields, policy: IndependentVerdict.policy)
        }
    }

    @Test(
        "A flat object of plain strings whose dates are safely on the living side is live",
        arguments: [
            #"{"ts":1749999000}"#,
            #"{"exp":1750000100}"#,
            #"{"ts":1749999000.123456,"exp":1750003600}"#,
            " \t\r\n{ \"ts\" : 1749999000 , \"a\" : null , \"b\" : true , \"c\" : false } \n",
            #"{"sub":"","email":"a@b","ts":1749999000,"n":0,"m":0.5}"#,
            #"{"nots":1,"tsx":1,"":1,"ts":1749999000,"expx":0}"#,
            #"{"":"","ua":"exactly eight bytes, then a quote: 12345678","ts":1747408002}"#,
        ])
    func live(text: String) {
        #expect(look(text.bytes) == .live)
        #expect(IndependentVerdict.of(text.bytes) == .live)
    }

    @Test(
        "Well-formed but old, undated or too close to call is not live",
        arguments: [
            "{}", "  {  }  ", #"{"a":1}"#, #"{"ts":1}"#, #"{"ts":0}"#, #"{"exp":1}"#, #"{"ts":1749999000,"exp":1}"#,
            #"{"ts":1,"exp":1750003600}"#, #"{"ts":null}"#, #"{"ts":true,"exp":1750003600}"#,
            #"{"ts":"1749999000"}"#, #"{"ts":1747408000}"#, #"{"exp":1750000000}"#, #"{"ts":1747407999.9}"#,
        ])
    func plain(text: String) {
        #expect(look(text.bytes) == .plain)
        #expect(IndependentVerdict.of(text.bytes) != .unreadable)
    }

    @Test(
        "Whatever is not of the simplest form is left to the library",
        arguments: [
            "", " ", "null", "[]", "1", "\"ts\"", "{", "}", "{]", #"{"ts":1749999000"#, #"{"ts":1749999000}}"#,
            #"{"ts":1749999000} x"#, #"{"ts":1749999000,}"#, #"{,"ts":1749999000}"#, #"{"ts" 1749999000}"#,
            #"{ts:1749999000}"#, #"{'ts':1749999000}"#, #"{"ts":01749999000}"#, #"{"ts":1749999000.}"#,
            #"{"ts":.5}"#, #"{"ts":+1749999000}"#, #"{"ts":-1}"#, #"{"ts":1.7e9}"#, #"{"ts":1E9}"#, #"{"ts":NaN}"#,
            #"{"ts":1749999000,"ts":1749999000}"#, #"{"ts":1749999000,"exp":1750003600,"exp":1}"#,
            #"{"ts":1234567890123456789}"#, #"{"ts":1749999000,"a":{}}"#, #"{"ts":1749999000,"a":[]}"#,
            #"{"\u0074s":1749999000}"#, #"{"ts":1749999000,"a":"\n"}"#, #"{"ts":1749999000,"a":"é"}"#,
            "{\"ts\":1749999000,\"a\":\"\n\"}", "{\"ts\":1749999000,\"a\":\"12345678\u{1}\"}",
            "{\"ts\":1749999000}\0", #"{"ts":1749999000,"a":tru}"#, #"{"ts":1749999000,"a":nul"#,
            #"{"ts":1749999000,"a":truefalse}"#, #"{"ts":1749999000;"a":1}"#, #"{"ts":1749999000,"a":"open}"#,
        ])
    func odd(text: String) {
        #expect(look(text.bytes) == .odd)
    }

    @Test("A byte that makes a string not plain is seen at every offset")
    func offsets() {
        for length in 1...24 {
            for position in 0..<length {
                for byte in [0x00, 0x1f, 0x5c, 0x80, 0xff] as [UInt8] {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[position] = byte
                    let value = #"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes
                    #expect(look(value) == .odd)
                }
                var text = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                text[position] = 0x7f
                #expect(look(#"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes) == .live)
                // A quote ends the string wherever it stands, and what follows is not JSON.
                text[position] = UInt8(ascii: "\"")
                #expect(look(#"{"a":""#.bytes + text + #"","ts":1749999000}"#.bytes) == .odd)
            }
        }
    }

    @Test("Other fields hold the dates where a layout says so")
    func otherFields() {
        let fields = SessionDateFields(created: "créé", expiry: "")
        func finding(_ text: String) -> SessionGlance.Finding {
            text.bytes.withUnsafeBytes {
                SessionGlance.look(at: $0, fields: fields, policy: IndependentVerdict.policy)
            }
        }
        #expect(finding(#"{"":1750000100,"ts":1,"exp":1}"#) == .live)
        #expect(finding(#"{"":1}"#) == .plain)
    }

    @Test("What it says of 20,000 damaged values, the JSON library and the contract's rule say too")
    func damaged() {
        var random = SeededGenerator(seed: 5)
        var counts: [SessionGlance.Finding: Int] = [:]
        var wrong: [String] = []
        for _ in 0..<20_000 {
            let value = SessionSamples.damaged(by: &random)
            let finding = look(value)
            counts[finding, default: 0] += 1
            let verdict = finding == .odd ? nil : IndependentVerdict.of(value)
            if finding == .live && verdict != .live || finding == .plain && verdict == .unreadable {
                wrong.append(String(decoding: value, as: UTF8.self))
            }
        }
        #expect(wrong == [])
        // The damage leaves enough of each kind to mean something.
        #expect(counts.values.allSatisfy { $0 > 300 } && counts.count == 3, "\(counts)")
    }
}
