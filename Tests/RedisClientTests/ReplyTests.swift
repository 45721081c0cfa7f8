import Testing

@testable import RedisClient

struct ReplyTests {
    @Test
    func `it can be used again after replies larger than what it keeps`() {
        let reader = ReplyReader()
        let reply = Reply()
        for length in [3, 40_000, 1_100_000, 0, 1 << 20, 7] {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: length), count: length)
            #expect(reader.feed(Array("$\(length)\r\n".utf8) + bytes + [13, 10]))
            reply.clear()
            #expect(reader.next(into: reply) == true)
            #expect(reply.count == 1)
            #expect(Array(reply.bytes(0)) == bytes)
        }
    }

    @Test
    func `all of many elements are there, each in its place`() {
        let reader = ReplyReader()
        let reply = Reply()
        let elements = (0..<5_000).map { "element-\($0)" }
        let wire = "*5000\r\n" + elements.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        #expect(reader.feed(Array(wire.utf8)))
        #expect(reader.next(into: reply) == true)
        #expect(reply.copiedNodes == [.array(5_000)] + elements.map { .string($0) })
    }

    @Test
    func `text that is not UTF-8 is repaired; the bytes are left as they are`() {
        let reader = ReplyReader()
        let reply = Reply()
        #expect(reader.feed(Array("$3\r\n".utf8) + [0x61, 0xff, 0x62, 13, 10]))
        #expect(reader.next(into: reply) == true)
        #expect(reply.text(0) == "a\u{fffd}b")
        #expect(Array(reply.bytes(0)) == [0x61, 0xff, 0x62])
    }

    @Test
    func `clearing leaves nothing behind`() {
        let reader = ReplyReader()
        let reply = Reply()
        #expect(reader.feed(Array("*2\r\n:1\r\n:2\r\n".utf8)))
        #expect(reader.next(into: reply) == true)
        #expect(reply.count == 3)
        reply.clear()
        #expect(reply.count == 0)
    }
}
