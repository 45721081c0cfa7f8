/// What is known of an index key beside its name, in six bits of a log's tag.
struct SurveyedKey {
    let type: IndexType
    /// Which of the index key templates it is of: at most 16.
    let template: Int

    init(type: IndexType, template: Int) {
        self.type = type
        self.template = template
    }

    init(tag: UInt8) {
        type = IndexType(rawValue: tag & 3) ?? .sortedSet
        template = Int(tag >> 2)
    }

    var tag: UInt8 { type.rawValue | UInt8(template) << 2 }
}
