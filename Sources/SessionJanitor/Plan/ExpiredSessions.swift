/// The sessions that a plan removes, each known by its place, in the order in which the censuses found them.
struct ExpiredSessions {
    /// Their stems, each after the fingerprint of what was judged, with a tag of ``ExpiredSession``.
    let log: ByteLog
    private let layout: Layout
    /// By index key template, whether an entry need not be kept beside its session: it is the same bytes.
    let tellEntries: [Bool]

    init(_ log: ByteLog, _ layout: Layout) {
        self.log = log
        self.layout = layout
        let isIdentifier = layout.sessionKeys.count == 1 && layout.sessionKeys[0].variables == ["id"]
        tellEntries = layout.indexKeys.map { isIdentifier && $0.namesByIdentifier(layout) }
    }

    /// The next session, and its place; that is nil beyond 4 GB, where nothing goes with a session.
    func next(_ cursor: inout ByteLog.Cursor) -> (removal: Removal, place: Int?)? {
        let place = cursor.packed.map { Int($0) }
        return log.next(&cursor).map { (removal($0), place) }
    }

    private func removal(_ record: ByteLog.Record) -> Removal {
        let session = ExpiredSession(tag: record.tag)
        return Removal(
            kind: .session, reason: session.reason, template: session.template,
            stem: session.stem(of: record), fingerprint: record.bytes.loadUnaligned(as: UInt64.self),
            isJudgedByAccess: session.isJudgedByAccess)
    }

    /// The member of an entry of an index key by this template.
    func member(of entry: Removal, _ template: Int) -> UnsafeRawBufferPointer {
        guard tellEntries[template], let place = entry.session, let record = log.record(at: UInt32(place)) else {
            return entry.stem
        }
        return removal(record).stem
    }

    /// Finds their places by the hashes of their identities, in 10 bytes each.
    ///
    /// Half a hash is kept. Who is taken for another is removed with it only if its own session is gone by then, so that
    /// this can keep an entry, and never remove a live one.
    struct Places: @unchecked Sendable {
        let tellEntries: [Bool]
        /// The upper half of a hash and one more than the session's place; 0 where there is none.
        private var slots: [UInt64]

        init(_ sessions: ExpiredSessions) {
            tellEntries = sessions.tellEntries
            slots = [UInt64](repeating: 0, count: sessions.log.count + sessions.log.count / 4 + 1)
            let layout = sessions.layout
            var variables: [Range<Int>] = []
            var cursor = ByteLog.Cursor()
            while let (session, place) = sessions.next(&cursor), let place, place < UInt32.max - 1 {
                let key = layout.sessionKeys[session.template]
                if key.variables.count == 1 {
                    variables = [0..<session.stem.count]
                } else if !key.match(session.stem, into: &variables) {
                    continue
                }
                let hash = layout.routes.sessions[session.template].hash(
                    ofNamed: TemplateValues(session.stem, variables))
                // Of several keys of one session the last has the place: nothing goes before the others are dealt with.
                slots[slot(of: hash)] = hash & ~0xffff_ffff | UInt64(place + 1)
            }
        }

        func place(of hash: UInt64) -> Int? {
            let found = slots[slot(of: hash)]
            return found == 0 ? nil : Int(found & 0xffff_ffff) - 1
        }

        private func slot(of hash: UInt64) -> Int {
            var slot = Int(((hash & 0xffff_ffff) * UInt64(slots.count)) >> 32)
            while slots[slot] != 0, slots[slot] >> 32 != hash >> 32 {
                slot = slot + 1 == slots.count ? 0 : slot + 1
            }
            return slot
        }
    }
}
