import Testing

@testable import SessionJanitor

struct IndexTypeTests {
    @Test(arguments: [
        ("zset", IndexType.sortedSet), ("set", .set), ("list", .list), ("hash", nil), ("string", nil),
        ("stream", nil), ("none", nil), ("", nil), ("ZSET", nil), ("ReJSON-RL", nil),
    ])
    func `three types of Redis can hold ids`(name: String, expected: IndexType?) {
        #expect(IndexType(redisName: name) == expected)
    }
}
