/// Turns the options of a layout into its parts.
struct LayoutReader {
    let prefix: String
    private var sessionKeys: [KeyTemplate] = []
    private var sessionTTLs: [Duration?] = []
    private var indexKeys: [IndexKey] = []
    private var pointerKeys: [PointerKey] = []
    private var companionKeys: [KeyTemplate] = []
    private var presenceKeys: [PresenceKey] = []
    private var user: ValueSource?
    private var dates: [DateField] = []
    private var expiresBy: [SessionDate]?
    /// The key template that was read last: the next options may speak of it.
    private var last: LayoutOption.Name?

    init(prefix: String) {
        self.prefix = prefix
    }

    mutating func read(_ options: [LayoutOption]) throws(KeyTemplateError) {
        for option in options { try read(option) }
    }

    private mutating func read(_ option: LayoutOption) throws(KeyTemplateError) {
        func template(_ variables: String...) throws(KeyTemplateError) -> KeyTemplate {
            try KeyTemplate(option.value, requires: variables, prefix: prefix)
        }
        switch option.name {
        case .sessionKey:
            sessionKeys.append(try template("id"))
            sessionTTLs.append(nil)
        case .indexKey:
            let key = try template()
            // One key for each session is no list of them.
            if key.variables.contains("id") { throw .missingVariable(template: option.value, "user") }
            indexKeys.append(IndexKey(template: key))
        case .pointerKey: pointerKeys.append(try PointerKey(option, prefix: prefix))
        case .companionKey: companionKeys.append(try template("id"))
        case .presenceKey: presenceKeys.append(PresenceKey(template: try template("user")))
        case .member, .backCheck, .presenceValue, .ttl:
            try readDetail(option)
            return
        case .user:
            guard let source = ValueSource(option.value) else { throw .invalidValue(option) }
            user = source
        case .date:
            guard let date = try DateField(option.value, prefix: prefix) else { throw .invalidValue(option) }
            dates.append(date)
        case .expireBy:
            var clocks: [SessionDate] = []
            for word in option.value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let clock = SessionDate(rawValue: String(word)) else { throw .invalidValue(option) }
                clocks.append(clock)
            }
            expiresBy = clocks
        }
        last = option.name
    }

    /// Reads an option that speaks of the key template before it.
    private mutating func readDetail(_ option: LayoutOption) throws(KeyTemplateError) {
        switch (option.name, last) {
        case (.member, .indexKey):
            let member = try MemberTemplate(option.value, prefix: prefix)
            indexKeys[indexKeys.count - 1].members.append(member)
        case (.backCheck, .pointerKey):
            let pointer = pointerKeys[pointerKeys.count - 1]
            guard let source = ValueSource(option.value), source != .value else { throw .invalidValue(option) }
            guard pointer.template.variables.contains(PointerKey.token) else {
                throw .missingVariable(template: pointer.template.source, PointerKey.token)
            }
            pointerKeys[pointerKeys.count - 1].backCheck = source
        case (.presenceValue, .presenceKey): presenceKeys[presenceKeys.count - 1].value = Array(option.value.utf8)
        case (.ttl, .sessionKey): sessionTTLs[sessionTTLs.count - 1] = try duration(option)
        case (.ttl, .presenceKey): presenceKeys[presenceKeys.count - 1].ttl = try duration(option)
        default: throw .misplaced(option)
        }
    }

    /// A whole number of seconds, minutes, hours or days.
    private func duration(_ option: LayoutOption) throws(KeyTemplateError) -> Duration {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = option.value.dropLast()
        guard let unit = option.value.last.flatMap({ units[$0] }), let count = Int(digits),
            (1...999_999).contains(count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .invalidValue(option) }
        return .seconds(count * unit)
    }

    /// Gives a layout these parts.
    func fill(_ layout: inout Layout) throws(KeyTemplateError) {
        guard !sessionKeys.isEmpty else { throw .missingVariable(template: "", "id") }
        layout.sessionKeys = sessionKeys
        layout.sessionTTLs = sessionTTLs
        layout.indexKeys = indexKeys
        for index in indexKeys.indices where indexKeys[index].members.isEmpty {
            layout.indexKeys[index].members = [try MemberTemplate("{id}", prefix: prefix)]
        }
        layout.pointerKeys = pointerKeys
        layout.companionKeys = companionKeys
        layout.presenceKeys = presenceKeys
        layout.user = user
        layout.dates = dates
        layout.expiresBy = expiresBy ?? SessionDate.allCases.filter { clock in dates.contains { $0.clock == clock } }
    }
}
