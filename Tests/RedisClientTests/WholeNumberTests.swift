import Testing

@testable import RedisClient

struct WholeNumberTests {
    @Test(
        arguments: [
            (1.9, 1), (-1.9, -1), (0, 0), (1e300, .max), (-1e300, .min), (.infinity, .max), (-.infinity, .min),
            (.nan, 0),
            (9_223_372_036_854_774_784, 9_223_372_036_854_774_784), (0x1p63, .max), (-0x1p63, .min),
        ] as [(Double, Int)])
    func `a number beyond all whole numbers becomes the nearest one`(number: Double, expected: Int) {
        #expect(Int(clamping: number) == expected)
        #expect(UInt8(clamping: number) == UInt8(clamping: expected))
    }

    @Test(
        arguments: [
            (1, 2, 3), (.max, 1, .max), (.min, -1, .min), (.max, .min, -1), (1_750_000_000_000, .max, .max),
        ] as [(Int, Int, Int)])
    func `a sum beyond all numbers is the nearest one`(one: Int, other: Int, sum: Int) {
        #expect(one.adding(clamped: other) == sum)
    }
}
