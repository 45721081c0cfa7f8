import Testing

@testable import JanitorCommand

struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
        ("clean", "claen", 1), ("ab", "ba", 1), ("abc", "ca", 3), ("a", "b", 1), ("é", "e\u{301}", 0),
        ("intention", "execution", 5),
    ])
    func `the distance counts characters inserted, removed or replaced`(first: String, second: String, expected: Int) {
        #expect(NearestName.distance(first, second) == expected)
        #expect(NearestName.distance(second, first) == expected)
    }

    @Test
    func `the nearest of some names is found, and none among none`() {
        #expect(NearestName.nearest(to: "restroe", among: ["clean", "initial", "restore"]) == "restore")
        #expect(NearestName.nearest(to: "schedule", among: ["clean", "scheduled", "restore"]) == "scheduled")
        #expect(NearestName.nearest(to: "x", among: []) == nil)
        for (word, name) in [("--bogus", "--backup"), ("--host", "--cert"), ("-x", "-n"), ("ls", "man")] {
            #expect(NearestName.nearest(to: word, among: [name]) == nil)
        }
    }

    @Test
    func `what a name begins with is nearer than what takes fewer changes`() {
        #expect(
            NearestName.nearest(to: "--inc", among: ["--url", "--json", "--include-expired"]) == "--include-expired")
    }
}
