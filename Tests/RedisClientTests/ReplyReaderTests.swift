import Testing

@testable import RedisClient

struct ReplyReaderTests {
    struct Sample: CustomTestStringConvertible {
        var wire: [UInt8]
        var nodes: [ReplyNode]
        var testDescription: String { String(decoding: wire.prefix(40), as: UTF8.self).debugDescription }

        init(_ wire: String, _ nodes: [ReplyNode]) {
            self.wire = Array(wire.utf8)
            self.nodes = nodes
        }

        init(bytes: [UInt8]) {
            wire = Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
            nodes = [.string(bytes)]
        }
    }

    static let samples = [
        Sample("+OK\r\n", [.status("OK")]),
        Sample("+\r\n", [.status("")]),
        Sample("-NOPERM no\r\n", [.error("NOPERM no")]),
        Sample(":0\r\n", [.integer(0)]),
        Sample(":-42\r\n", [.integer(-42)]),
        Sample(":9223372036854775807\r\n", [.integer(.max)]),
        Sample("$5\r\nhello\r\n", [.string("hello")]),
        Sample("$0\r\n\r\n", [.string("")]),
        Sample("$2\r\n\r\n\r\n", [.string("\r\n")]),
        Sample("$-1\r\n", [.null]),
        Sample("*-1\r\n", [.null]),
        Sample("*0\r\n", [.array(0)]),
        Sample("*3\r\n$1\r\na\r\n$-1\r\n$0\r\n\r\n", [.array(3), .string("a"), .null, .string("")]),
        Sample("*2\r\n$1\r\n0\r\n*0\r\n", [.array(2), .string("0"), .array(0)]),
        Sample(
            "*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
            [.array(2), .string("17"), .array(2), .string("a"), .string("b")]),
        Sample(
            "*4\r\n*1\r\n*1\r\n:7\r\n-ERR x\r\n+OK\r\n*-1\r\n",
            [.array(4), .array(1), .array(1), .integer(7), .error("ERR x"), .status("OK"), .null]),
        Sample(bytes: [0, 255, 13, 10, 0, 128, 36, 42]),
        Sample(bytes: Array(0...255)),
    ]

    @Test(arguments: samples)
    func `a reply is flattened in the order in which it arrived`(sample: Sample) {
        let reader = ReplyReader()
        let reply = Reply()
        #expect(reader.feed(sample.wire))
        #expect(reader.next(into: reply) == true)
        #expect(reply.copiedNodes == sample.nodes)
    }

    @Test(arguments: samples)
    func `a reply may come one byte at a time`(sample: Sample) {
        let reader = ReplyReader()
        let reply = Reply()
        for (index, byte) in sample.wire.enumerated() {
            #expect(reader.feed([byte]))
            #expect(reader.next(into: reply) == (index == sample.wire.count - 1))
        }
        #expect(reply.copiedNodes == sample.nodes)
    }

    @Test
    func `replies that arrive together are told apart`() {
        let reader = ReplyReader()
        let reply = Reply()
        #expect(reader.feed(Self.samples.flatMap(\.wire)))
        for sample in Self.samples {
            reply.clear()
            #expect(reader.next(into: reply) == true)
            #expect(reply.copiedNodes == sample.nodes)
        }
        reply.clear()
        #expect(reader.next(into: reply) == false)
        #expect(reply.count == 0)
    }

    @Test
    func `nothing fed is not yet a reply`() {
        let reader = ReplyReader()
        #expect(reader.feed([]))
        #expect(reader.next(into: Reply()) == false)
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "220 mail.example.org ESMTP\r\n",
        "$abc\r\n", "*x\r\n", ":1x\r\n", "$-2\r\n", "*-2\r\n", "\0\0\0\0", "*1\r\nHELLO\r\n",
        "$99999999999999999999\r\n",
    ])
    func `bytes of another protocol are refused, with a reason`(text: String) {
        let reader = ReplyReader()
        _ = reader.feed(Array(text.utf8))
        #expect(reader.next(into: Reply()) == nil)
        #expect(!reader.errorText.isEmpty)
    }

    /// A reply without a node would end the process as soon as somebody looked at it.
    @Test(arguments: [",1.5\r\n", "#t\r\n", "_\r\n", "(12345678901234567890\r\n", "%1\r\n+a\r\n:1\r\n", "~1\r\n+a\r\n"])
    func `a reply of a newer protocol is either refused or has something in it`(text: String) {
        let reader = ReplyReader()
        let reply = Reply()
        _ = reader.feed(Array(text.utf8))
        let result = reader.next(into: reply)
        #expect(result == nil || (result == true && reply.count > 0))
    }

    @Test
    func `nesting without an end is refused and does no harm`() {
        let reader = ReplyReader()
        let wire = Array(String(repeating: "*1\r\n", count: 10_000).utf8)
        _ = reader.feed(wire)
        #expect(reader.next(into: Reply()) != true)
    }
}
