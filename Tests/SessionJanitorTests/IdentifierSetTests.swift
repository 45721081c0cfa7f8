import Testing

@testable import SessionJanitor

struct IdentifierSetTests {
    private func hash(_ text: String) -> UInt64 {
        text.bytes.withUnsafeBytes(IdentifierSet.hash)
    }

    @Test
    func `an id is added once`() {
        let set = IdentifierSet()
        #expect(set.count == 0)
        #expect(set.insert(hash("a")))
        #expect(!set.insert(hash("a")))
        #expect(set.insert(hash("")))
        #expect(!set.insert(hash("")))
        #expect(set.count == 2)
    }

    @Test
    func `marking tells the flags from before, and that an id is not there`() {
        let set = IdentifierSet()
        #expect(set.mark(hash("a"), .listed) == nil)
        #expect(set.count == 0)
        _ = set.insert(hash("a"))
        #expect(set.mark(hash("a"), .listed) == [])
        #expect(set.mark(hash("a"), .listed) == [.listed])
        #expect(set.mark(hash("a"), .expired) == [.listed])
        #expect(set.flags(of: hash("a")) == [.listed, .expired])
        #expect(set.mark(hash("b"), .expired) == nil)
    }

    @Test
    func `adding an id again keeps its flags`() {
        let set = IdentifierSet()
        _ = set.insert(hash("a"))
        set.mark(hash("a"), .expired)
        #expect(!set.insert(hash("a")))
        #expect(set.flags(of: hash("a")) == [.expired])
    }

    @Test(arguments: [0 as UInt64, 1, 3, .max, 1 << 63])
    func `hashes without a bit that counts are ids like others`(hash: UInt64) {
        let set = IdentifierSet()
        #expect(set.mark(hash, .listed) == nil)
        #expect(set.insert(hash))
        #expect(!set.insert(hash))
        #expect(set.mark(hash, .listed) == [])
        #expect(set.flags(of: hash) == [.listed])
        #expect(set.count == 1)
    }

    @Test
    func `hashes that all want the same place are told apart, with their flags`() {
        let set = IdentifierSet()
        let hashes = (1...1_500).map { UInt64($0) << 2 }
        for hash in hashes {
            #expect(set.insert(hash))
            if hash % 8 == 0 { set.mark(hash, .expired) }
        }
        #expect(set.count == hashes.count)
        for hash in hashes {
            #expect(!set.insert(hash))
            #expect(set.mark(hash, .listed) == (hash % 8 == 0 ? [.expired] : []))
        }
        #expect(set.flags(of: 1_501 << 2) == nil)
    }

    @Test
    func `grown to 300,000 ids it says the same as Swift's own set, and flags survive the growth`() {
        var random = SeededGenerator(seed: 3)
        let set = IdentifierSet()
        var reference: Set<UInt64> = []
        var differences = 0
        while reference.count < 300_000 {
            // Numbers of 19 bits: most come more than once.
            let number = random.next() >> 45
            let hash = withUnsafeBytes(of: number, IdentifierSet.hash)
            let isNew = set.insert(hash)
            if isNew != reference.insert(number).inserted { differences += 1 }
            if isNew, number % 3 == 0 { set.mark(hash, .expired) }
        }
        #expect(differences == 0)
        #expect(set.count == reference.count)
        for number in 0..<(1 << 19) as Range<UInt64> {
            let flags = set.flags(of: withUnsafeBytes(of: number, IdentifierSet.hash))
            let expected: IdentifierSet.Flags? = reference.contains(number) ? (number % 3 == 0 ? [.expired] : []) : nil
            if flags != expected { differences += 1 }
        }
        #expect(differences == 0)
    }

    @Test
    func `the hash tells all bytes apart, also those that are no text`() {
        let ids: [[UInt8]] = [[], [0], [0, 0], [255], [254], [0x61], [0x61, 0], "e\u{301}".bytes, "é".bytes]
        let hashes = Set(ids.map { $0.withUnsafeBytes(IdentifierSet.hash) & ~3 })
        #expect(hashes.count == ids.count)
    }
}
