import Testing

@testable import SessionJanitor

struct PacerTests {
    @Test(arguments: [(0.0, 8_000), (1, 4_000), (3, 2_000), (0.25, 6_400)])
    func `with a nice ratio, batch and pause together have the time of a chunk`(niceRatio: Double, microseconds: Int) {
        let pacer = Pacer(chunkTime: .milliseconds(8), niceRatio: niceRatio)
        #expect(pacer.batchTime == .microseconds(microseconds))
        #expect(pacer.niceRatio == niceRatio)
    }

    @Test(arguments: [(0.0, true), (0.01, false), (2, false)])
    func `only without a nice ratio may batches overlap`(niceRatio: Double, expected: Bool) {
        #expect(Pacer(chunkTime: .milliseconds(1), niceRatio: niceRatio).overlaps == expected)
    }

    @Test
    func `the way there and back is not the server's time, and the shortest one counts`() {
        var pacer = Pacer(chunkTime: .milliseconds(1), niceRatio: 0)
        #expect(pacer.serverSeconds(.milliseconds(500)) == 0.5)
        pacer.noteRoundTrip(.milliseconds(250))
        pacer.noteRoundTrip(.milliseconds(125))
        pacer.noteRoundTrip(.milliseconds(250))
        #expect(pacer.roundTrip == 0.125)
        #expect(pacer.serverSeconds(.milliseconds(500)) == 0.375)
    }

    @Test
    func `a batch quicker than the shortest round trip took the server no time, never less`() {
        var pacer = Pacer(chunkTime: .milliseconds(1), niceRatio: 0)
        pacer.noteRoundTrip(.milliseconds(125))
        #expect(pacer.serverSeconds(.milliseconds(125)) == 0)
        #expect(pacer.serverSeconds(.milliseconds(1)) == 0)
        #expect(pacer.serverSeconds(.zero) == 0)
    }
}
