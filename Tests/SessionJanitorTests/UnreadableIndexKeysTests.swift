import Testing

@testable import SessionJanitor

struct UnreadableIndexKeysTests {
    @Test(arguments: [0, 1, 10, 11, 5_000])
    func `all are counted, and the first ten are named`(count: Int) {
        var keys = UnreadableIndexKeys()
        for number in 0..<count { keys.add("k\(number)".bytes, type: "hash") }
        #expect(keys.count == count)
        let expected = (0..<min(count, 10)).map { UnreadableIndexKeys.Example(key: "k\($0)".bytes, type: "hash") }
        #expect(keys.examples == expected)
    }
}
