import TestSupport
import Testing

@testable import RedisClient

struct ReplyReaderFuzzTests {
    private static let wires: [[UInt8]] = [
        "*2\r\n$2\r\n17\r\n*3\r\n$3\r\na:1\r\n$0\r\n\r\n$5\r\nb\r\nb:\r\n", ":1763700000\r\n", "+PONG\r\n",
        "-WRONGTYPE Operation against a key\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
        "*3\r\n*2\r\n:1\r\n:-1\r\n*1\r\n:0\r\n$0\r\n\r\n", "*3\r\n$1\r\nx\r\n$-1\r\n$2\r\n\r\n\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n:5\r\n", "*2\r\n$10\r\n1763700000\r\n$6\r\n123456\r\n",
    ].map { Array($0.utf8) }

    private static let pieces: [[UInt8]] = [
        "\r\n", "\r", "\n", "*", "$", ":", "+", "-", "-1", "0", "1", "99", "*1\r\n", "$3\r\n", ":1\r\n", "_\r\n",
        "#t\r\n",
        ",1.5\r\n", "(1\r\n", "%1\r\n", "~1\r\n", ">1\r\n", "=4\r\n", "!3\r\n", "2147483647", "9223372036854775808",
        "-9223372036854775809", "*4294967297\r\n", "$536870913\r\n", "\0",
    ].map { Array($0.utf8) }

    /// What a reader made of bytes.
    private struct Reading: Equatable {
        var replies: [[ReplyNode]] = []
        var isRefused = false
    }

    private func read(_ helpings: [ArraySlice<UInt8>]) -> Reading {
        let reader = ReplyReader()
        let reply = Reply()
        var reading = Reading()
        reply.clear()
        for helping in helpings {
            guard reader.feed(Array(helping)) else { return reading }
            while true {
                guard let isWhole = reader.next(into: reply) else {
                    reading.isRefused = true
                    return reading
                }
                guard isWhole else { break }
                reading.replies.append(reply.copiedNodes)
                reply.clear()
            }
        }
        return reading
    }

    /// Whether the nodes are one whole reply, each array followed by its elements.
    private func isTree(_ nodes: [ReplyNode]) -> Bool {
        var awaited = 1
        for node in nodes {
            guard awaited > 0 else { return false }
            awaited -= 1
            if case .array(let count) = node { awaited += count }
        }
        return awaited == 0
    }

    @Test func `damaged replies are read the same however they are cut, and never as half a tree`() {
        var random = SplitMix64(seed: Fuzz.seed)
        var wrong: [String] = []
        var refused = 0
        let count = Fuzz.inputs()
        for _ in 0..<count {
            let parts = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in
                Self.wires.randomElement(using: &random) ?? []
            }
            let wire = Fuzz.damaged(parts, with: Self.pieces, &random)
            let whole = read([wire[...]])
            let place = Int.random(in: 0...wire.count, using: &random)
            if whole != read([wire[..<place], wire[place...]]) { wrong.append("cut at \(place): \(Bytes(wire))") }
            // A kind of reply that is newer than the reader may come out as nothing at all.
            let trees = whole.replies.filter { !$0.isEmpty }
            if !trees.allSatisfy(isTree) { wrong.append("no tree: \(Bytes(wire))") }
            if whole.isRefused { refused += 1 }
        }
        #expect(wrong.prefix(5) == [], "\(Fuzz.hint)")
        #expect(refused > count / 100 && refused < count)
    }
}
