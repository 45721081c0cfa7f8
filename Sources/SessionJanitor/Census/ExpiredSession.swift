/// A session that goes, as it stands in a log: which kind of key it is, and why it goes.
struct ExpiredSession {
    let template: Int
    let isIdle: Bool
    /// Whether it goes because nobody has asked for the key; nothing was read of it then.
    let isJudgedByAccess: Bool

    init(template: Int, isIdle: Bool, isJudgedByAccess: Bool) {
        self.template = template
        self.isIdle = isIdle
        self.isJudgedByAccess = isJudgedByAccess
    }

    init(tag: UInt8) {
        template = Int(tag & 0x0f)
        isIdle = tag & 0x10 != 0
        isJudgedByAccess = tag & 0x20 != 0
    }

    /// In the log it stands after the fingerprint of what was judged.
    func stem(of record: ByteLog.Record) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: record.bytes[8...])
    }

    var tag: UInt8 { UInt8(template) | (isIdle ? 0x10 : 0) | (isJudgedByAccess ? 0x20 : 0) }
}
