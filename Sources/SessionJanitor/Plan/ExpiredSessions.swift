/// The sessions that a plan removes, each with a number, in the order in which the censuses found them.
struct ExpiredSessions {
    /// Their stems, each after the fingerprint of what was judged, with a tag of ``ExpiredSession``.
    let log: ByteLog
    private let layout: Layout

    init(_ log: ByteLog, _ layout: Layout) {
        self.log = log
        self.layout = layout
    }

    var count: Int { log.count }

    func next(_ cursor: inout ByteLog.Cursor) -> Removal? {
        log.next(&cursor).map { record in
            let session = ExpiredSession(tag: record.tag)
            return Removal(
                kind: .session, reason: session.reason, template: session.template,
                stem: session.stem(of: record), fingerprint: record.bytes.loadUnaligned(as: UInt64.self),
                isJudgedByAccess: session.isJudgedByAccess)
        }
    }

    /// By index key template, whether an entry need not be kept beside its session: it is the same bytes.
    static func tellEntries(_ layout: Layout) -> [Bool] {
        let isIdentifier = layout.sessionKeys.count == 1 && layout.sessionKeys[0].variables == ["id"]
        return layout.indexKeys.map { isIdentifier && $0.namesByIdentifier(layout) }
    }

    /// Finds their numbers by the hashes of their identities, in 10 bytes each.
    ///
    /// Half a hash is kept. Who is taken for another is removed with it only if its own session is gone by then, so that
    /// this can keep an entry, and never remove a live one.
    struct Numbers: @unchecked Sendable {
        /// The upper half of a hash and the number after it, which is one more than the session's; 0 where there is none.
        private var slots: [UInt64]

        init(_ sessions: ExpiredSessions) {
            slots = [UInt64](repeating: 0, count: sessions.count + sessions.count / 4 + 1)
            let layout = sessions.layout
            var variables: [Range<Int>] = []
            var cursor = ByteLog.Cursor()
            var number = 0
            while let session = sessions.next(&cursor) {
                number += 1
                guard number < UInt32.max else { return }
                let key = layout.sessionKeys[session.template]
                if key.variables.count == 1 {
                    variables = [0..<session.stem.count]
                } else if !key.match(session.stem, into: &variables) {
                    continue
                }
                let hash = layout.routes.sessions[session.template].hash(
                    ofNamed: TemplateValues(session.stem, variables))
                // Of several keys of one session the last has the number: nothing goes before the others are dealt with.
                slots[place(of: hash)] = hash & ~0xffff_ffff | UInt64(number)
            }
        }

        func number(of hash: UInt64) -> Int? {
            let found = slots[place(of: hash)]
            return found == 0 ? nil : Int(found & 0xffff_ffff) - 1
        }

        private func place(of hash: UInt64) -> Int {
            var place = Int(((hash & 0xffff_ffff) * UInt64(slots.count)) >> 32)
            while slots[place] != 0, slots[place] >> 32 != hash >> 32 {
                place = place + 1 == slots.count ? 0 : place + 1
            }
            return place
        }
    }
}
