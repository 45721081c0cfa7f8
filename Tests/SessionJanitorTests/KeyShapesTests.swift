import Testing

@testable import SessionJanitor

/// The forms of keys tell what they look like, and never whole ids.
struct KeyShapesTests {
    private func shapes(_ keys: [String]) -> [String] {
        var shapes = KeyShapes()
        for key in keys { shapes.add(Array(key.utf8), type: "string") }
        return shapes.commonest().map { "\($0.count) \($0.shape)" }
    }

    @Test(arguments: [
        ("session:17", "1 session:{digits}"), ("sess:9b2f7c1e-0d4a-4c3b-8e5f-100000000000", "1 sess:{uuid}"),
        ("rack:session:2::" + String(repeating: "0a", count: 32), "1 rack:{text}:{digits}::{64 hex}"),
        ("starsessions." + String(repeating: "0a", count: 16), "1 starsessions.{32 hex}"),
        ("AIOHTTP_SESSION_0123456789abcdef", "1 AIOHTTP_SESSION_{16 hex}"),
        ("s:Zx3kP9_qLm-T0vWbY7cR2dHnJ5sF8gAeU1oKiQyXtMw", "1 s:{43 base64}"), ("ann@example.org", "1 {text}"),
        ("usess:ann@example.org", "1 usess:{text}"), ("Zx3kP9_qLm-T0vWbY7cR2dHn", "1 {24 base64}"), ("", "1 "),
    ])
    func `what looks like an id is named by its kind`(key: String, expected: String) {
        #expect(shapes([key]) == [expected])
    }

    @Test
    func `a word that many keys share is part of their form, a rare one is not`() {
        let keys = (0..<50).map { "cart:\($0):items" } + ["cart:7:ann"]
        #expect(shapes(keys) == ["50 cart:{digits}:items", "1 cart:{digits}:{text}"])
    }

    @Test
    func `no more than ten are named, and no byte of a key that is not text`() {
        var shapes = KeyShapes()
        for letter in "abcdefghijklm".utf8 { shapes.add([letter, 0x3a, 0xff, 0x31, 0x32], type: nil) }
        #expect(shapes.commonest().count == 10)
        #expect(shapes.commonest().allSatisfy { $0.shape.hasSuffix(":{text}") })
    }
}
