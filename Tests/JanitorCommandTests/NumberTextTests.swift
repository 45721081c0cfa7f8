import Testing

@testable import JanitorCommand

struct NumberTextTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (999_999, "999,999"),
        (1_000_000, "1,000,000"), (-1, "-1"), (-1_000, "-1,000"), (Int.max, "9,223,372,036,854,775,807"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func `a comma stands between thousands`(number: Int, expected: String) {
        #expect(NumberText.grouped(number) == expected)
    }

    @Test
    func `nouns are in the plural unless it is one`() {
        #expect(NumberText.counted(0, "session") == "0 sessions")
        #expect(NumberText.counted(1, "session") == "1 session")
        #expect(NumberText.counted(1_200, "session") == "1,200 sessions")
        #expect(NumberText.counted(1, "entry", "entries") == "1 entry")
        #expect(NumberText.counted(2, "entry", "entries") == "2 entries")
    }

    @Test(arguments: [
        (0.0, "0.00 s"), (0.004, "0.00 s"), (0.006, "0.01 s"), (1.5, "1.50 s"), (9.99, "9.99 s"), (10, "10.0 s"),
        (12.34, "12.3 s"), (99.9, "99.9 s"), (100, "100 s"), (1_234.4, "1,234 s"), (86_400, "86,400 s"),
    ])
    func `seconds have fewer decimals the more they are`(seconds: Double, expected: String) {
        #expect(NumberText.seconds(seconds) == expected)
    }

    @Test(arguments: [
        (1.0, 2, "1.00"), (1.05, 2, "1.05"), (0.999, 2, "1.00"), (1_234.5, 1, "1,234.5"), (2.5, 0, "3"),
        (-0.55, 2, "-0.55"),
        (-12.5, 1, "-12.5"), (1e300, 0, "9,223,372,036,854,775,807"), (.nan, 2, "0.00"),
    ])
    func `a fixed number of decimals is kept, zeros included`(number: Double, decimals: Int, expected: String) {
        #expect(NumberText.fixed(number, decimals: decimals) == expected)
    }
}
