import Testing

@testable import RedisClient

struct CommandArgumentsTests {
    private func all(_ arguments: CommandArguments) -> [[UInt8]] {
        (0..<arguments.count).map { arguments.withArgument($0) { Array($0) } }
    }

    @Test
    func `every way of appending adds one argument`() {
        var arguments = CommandArguments()
        #expect(arguments.count == 0)
        arguments.append(Array("bytes".utf8))
        arguments.append("téxt")
        arguments.append(-17)
        arguments.append("")
        [UInt8](arrayLiteral: 0, 255).withUnsafeBytes { arguments.append($0) }
        Array("middle".utf8).withUnsafeBytes { arguments.append(Array("head:".utf8), $0, Array(":tail".utf8)) }
        let expected =
            ["bytes", "téxt", "-17", ""].map { Array($0.utf8) } + [[0, 255], Array("head:middle:tail".utf8)]
        #expect(all(arguments) == expected)
    }

    @Test
    func `joined arguments keep their bounds`() {
        var first = CommandArguments([Array("a".utf8), [], Array("bc".utf8)])
        first.append(contentsOf: CommandArguments([[], Array("def".utf8)] as [[UInt8]]))
        first.append(contentsOf: CommandArguments())
        #expect(all(first) == ["a", "", "bc", "", "def"].map { Array($0.utf8) })
    }

    @Test
    func `after removing all it is filled anew`() {
        var arguments = CommandArguments([Array("old".utf8)])
        arguments.removeAll()
        #expect(arguments.count == 0)
        arguments.append("new")
        #expect(all(arguments) == [Array("new".utf8)])
    }
}
