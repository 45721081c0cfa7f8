import Testing

@testable import JanitorCommand

struct DecimalTextTests {
    @Test(arguments: [("0", 0.0), ("1", 1), ("12.5", 12.5), ("0.001", 0.001), ("010", 10), ("1000000", 1_000_000)])
    func `plain decimal numbers are read`(text: String, expected: Double) {
        #expect(DecimalText.parse(text[...]) == expected)
    }

    @Test(arguments: [
        "", ".", "1.", ".1", "-1", "+1", "1e3", "inf", "nan", "0x10", " 1", "1 ", "1,5", "1_000", "1.2.3", "٣", "½",
        "123456789012345678901",
    ])
    func `signs, exponents and words are not`(text: String) {
        #expect(DecimalText.parse(text[...]) == nil)
    }
}
