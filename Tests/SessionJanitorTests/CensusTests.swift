import RedisClient
import Testing

@testable import SessionJanitor

struct CensusTests {
    /// Redis adds one to the cursor's bits from the top, so that the buckets of a table of 8 are walked in this order.
    @Test(arguments: zip([0, 4, 2, 6, 1, 5, 3, 7], 0...7))
    func `a cursor tells how much of the table was walked`(cursor: Int, walked: Int) {
        #expect(Census.fractionWalked("\(cursor)".bytes) == Double(walked) / 8)
    }

    @Test(arguments: [1, 4, 10])
    func `along a walk over any table the fraction only grows`(bits: Int) {
        let walk = (0..<(1 << bits)).map { step in
            (0..<bits).reduce(0) { $0 | (step >> $1 & 1) << (bits - 1 - $1) }
        }
        let fractions = walk.map { Census.fractionWalked("\($0)".bytes) }
        #expect(fractions == fractions.sorted())
        #expect(Set(fractions).count == 1 << bits)
        #expect(fractions.allSatisfy { (0..<1).contains($0) })
    }

    @Test(arguments: ["", "x", "-1", "1.5", "99999999999999999999999"])
    func `a cursor that is no number stands for the beginning`(cursor: String) {
        #expect(Census.fractionWalked(cursor.bytes) == 0)
    }

    @Test
    func `the last cursor there can be is not past the end`() {
        #expect((0.99...1).contains(Census.fractionWalked("18446744073709551615".bytes)))
    }

    @Test
    func `the fingerprint of a value changes with every byte of it`() {
        let value = #"{"ts":1749999000,"exp":1750003600}"#.bytes
        let original = value.withUnsafeBytes(\.sha1Prefix)
        #expect(value.withUnsafeBytes(\.sha1Prefix) == original)
        for index in value.indices {
            var other = value
            other[index] ^= 1
            #expect(other.withUnsafeBytes(\.sha1Prefix) != original)
        }
        #expect((value + [0]).withUnsafeBytes(\.sha1Prefix) != original)
    }
}
