import TestSupport
import Testing

@testable import RedisClient

struct HashSlotTests {
    @Test func `a key's slot is the one that Redis itself reckons`() throws {
        let redis = try PrivateRedis(["--cluster-enabled", "yes"])
        let client = try redis.client()
        var random = SplitMix64(seed: 16_384)
        var keys: [Bytes] = [
            "", "{}", "{", "}", "}{", "{a}", "{a}b", "x{a}y{b}", "{{a}}", "x{}{a}", "appauth:sess:{", "123456789",
            "appauth:usess:{u}:x", Bytes([0, 255, 0x7b, 0, 0x7d]),
        ]
        for _ in 0..<500 {
            let alphabet =
                [UInt8(ascii: "{"), UInt8(ascii: "}")] + (0..<6).map { _ in UInt8.random(in: 0...255, using: &random) }
            keys.append(
                Bytes((0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            )
        }
        let replies = try client.pipeline(keys.map { ["CLUSTER", "KEYSLOT", $0] })
        for (key, reply) in zip(keys, replies) { #expect(reply.integer == HashSlot.of(key.raw), "\(key)") }
    }
}
