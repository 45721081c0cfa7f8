import Testing

@testable import RedisClient

struct CommandFormatterTests {
    private func formatted(_ command: RedisCommand, _ arguments: [[UInt8]]) -> [UInt8] {
        var formatter = CommandFormatter()
        var output: [UInt8] = []
        formatter.format(command.words, CommandArguments(arguments), to: &output)
        return output
    }

    @Test(arguments: [
        (RedisCommand.ping, [], "*1\r\n$4\r\nPING\r\n"),
        (.select, ["3"], "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"),
        (.scriptLoad, ["return 1"], "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$8\r\nreturn 1\r\n"),
        (.auth, ["user", ""], "*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$0\r\n\r\n"),
        (.mget, ["", "", ""], "*4\r\n$4\r\nMGET\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n"),
        (.mget, ["a\0b", "\r\n"], "*3\r\n$4\r\nMGET\r\n$3\r\na\0b\r\n$2\r\n\r\n\r\n"),
        (.mget, ["é"], "*2\r\n$4\r\nMGET\r\n$2\r\né\r\n"),
    ])
    func `a command is an array of length-prefixed strings`(
        command: RedisCommand, arguments: [String], expected: String
    ) {
        #expect(formatted(command, arguments.map { Array($0.utf8) }) == Array(expected.utf8))
    }

    @Test
    func `commands are appended to what is there, also by a formatter that was used before`() {
        var formatter = CommandFormatter()
        var output: [UInt8] = [1, 2]
        formatter.format(RedisCommand.mget.words, CommandArguments([[7], [8], [9]] as [[UInt8]]), to: &output)
        formatter.format(RedisCommand.ping.words, CommandArguments(), to: &output)
        let first = Array("*4\r\n$4\r\nMGET\r\n$1\r\n\u{7}\r\n$1\r\n\u{8}\r\n$1\r\n\u{9}\r\n".utf8)
        #expect(output == [1, 2] + first + Array("*1\r\n$4\r\nPING\r\n".utf8))
    }

    @Test
    func `arguments of any bytes and lengths come out as they went in`() {
        let arguments = [0, 1, 9, 10, 255, 256, 99_999].map { length in
            (0..<length).map { UInt8(truncatingIfNeeded: $0 &+ length) }
        }
        let reader = ReplyReader()
        let reply = Reply()
        #expect(reader.feed(formatted(.mget, arguments)))
        #expect(reader.next(into: reply) == true)
        #expect(reply.copiedNodes == [.array(arguments.count + 1), .string("MGET")] + arguments.map { .string($0) })
    }
}
