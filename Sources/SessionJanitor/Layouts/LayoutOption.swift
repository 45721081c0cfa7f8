/// One of the options that a layout is made of, as it stands on a command line.
public struct LayoutOption: Equatable, Sendable {
    public enum Name: String, CaseIterable, Sendable {
        case sessionKey = "--session-key"
        case sessionValue = "--session-value"
        case deadValue = "--dead-value"
        case indexKey = "--index-key"
        case entries = "--entries"
        case member = "--member"
        case pointerKey = "--pointer-key"
        case backCheck = "--back-check"
        case companionKey = "--companion-key"
        case presenceKey = "--presence-key"
        case presenceValue = "--presence-value"
        case user = "--user"
        case date = "--date"
        case expireBy = "--expire-by"
        case ttl = "--ttl"

        /// Whether it speaks of the key template that stands before it.
        public var isDetail: Bool {
            switch self {
            case .entries, .member, .backCheck, .sessionValue, .deadValue, .presenceValue, .ttl: true
            default: false
            }
        }
    }

    public let name: Name
    public let value: String

    public init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The options of a named layout, without those of a kind that was given anew, and then the given ones.
    package static func merged(_ named: [LayoutOption], _ given: [LayoutOption]) -> [LayoutOption] {
        let replaced = Set(given.map(\.name))
        var isDropping = false
        let kept = named.filter { option in
            // What speaks of a key template goes with it.
            if !option.name.isDetail { isDropping = replaced.contains(option.name) }
            return !isDropping
        }
        return kept + given
    }

    /// A whole number of seconds, minutes, hours or days.
    fileprivate func duration() throws(KeyTemplateError) -> Duration {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = value.dropLast()
        guard let unit = value.last.flatMap({ units[$0] }), let count = Int(digits), (1...999_999).contains(count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .invalidValue(self) }
        return .seconds(count * unit)
    }
}

extension Layout {
    /// Takes its parts from these options.
    mutating func read(_ options: [LayoutOption]) throws(KeyTemplateError) {
        // The key template that was read last: the next options may speak of it.
        var last: LayoutOption.Name?
        for option in options {
            try read(option, after: last)
            if !option.name.isDetail { last = option.name }
        }
        guard !sessionKeys.isEmpty else { throw .missingVariable(template: "", "id") }
        let identifier = [try NameForm("{id}", prefix: prefix)]
        for place in indexKeys.indices where indexKeys[place].members.isEmpty { indexKeys[place].members = identifier }
        for place in pointerKeys.indices where pointerKeys[place].members.isEmpty {
            pointerKeys[place].members = identifier
        }
        if expiresBy.isEmpty {
            expiresBy = SessionDate.allCases.filter { clock in dates.contains { $0.clock == clock } }
        }
    }

    private mutating func read(_ option: LayoutOption, after last: LayoutOption.Name?) throws(KeyTemplateError) {
        func template(_ variables: String...) throws(KeyTemplateError) -> KeyTemplate {
            try KeyTemplate(option.value, requires: variables, prefix: prefix)
        }
        switch (option.name, last) {
        case (.sessionKey, _):
            sessionKeys.append(try template("id"))
            sessionTTLs.append(nil)
            valueTests.append(ValueTest())
        case (.sessionValue, .sessionKey):
            valueTests[valueTests.count - 1].forms.append(try template())
        case (.deadValue, .sessionKey): valueTests[valueTests.count - 1].dead.append(Array(option.value.utf8))
        case (.indexKey, _):
            let key = try template()
            // One key for each session is no list of them.
            if key.variables.contains("id") { throw .missingVariable(template: option.value, "user") }
            indexKeys.append(IndexKey(template: key))
        case (.pointerKey, _): pointerKeys.append(try PointerKey(option, prefix: prefix))
        case (.companionKey, _): companionKeys.append(try template("id"))
        case (.presenceKey, _): presenceKeys.append(PresenceKey(template: try template("user")))
        case (.entries, .indexKey):
            guard option.value == "hash" else { throw .invalidValue(option) }
            indexKeys[indexKeys.count - 1].holdsFields = true
        case (.member, .indexKey):
            indexKeys[indexKeys.count - 1].members.append(try NameForm(option.value, prefix: prefix))
        case (.member, .pointerKey):
            pointerKeys[pointerKeys.count - 1].members.append(try NameForm(option.value, prefix: prefix))
        case (.backCheck, .pointerKey):
            let template = pointerKeys[pointerKeys.count - 1].template
            guard let source = ValueSource(option.value), source != .value else { throw .invalidValue(option) }
            guard template.variables.contains(PointerKey.token) else {
                throw .missingVariable(template: template.source, PointerKey.token)
            }
            pointerKeys[pointerKeys.count - 1].backCheck = source
        case (.presenceValue, .presenceKey): presenceKeys[presenceKeys.count - 1].value = Array(option.value.utf8)
        case (.ttl, .sessionKey): sessionTTLs[sessionTTLs.count - 1] = try option.duration()
        case (.ttl, .presenceKey): presenceKeys[presenceKeys.count - 1].ttl = try option.duration()
        case (.user, _):
            guard let source = ValueSource(option.value) else { throw .invalidValue(option) }
            user = source
        case (.date, _):
            guard let date = try DateField(option.value, prefix: prefix) else { throw .invalidValue(option) }
            dates.append(date)
        case (.expireBy, _):
            expiresBy = []
            for word in option.value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let clock = SessionDate(rawValue: String(word)) else { throw .invalidValue(option) }
                expiresBy.append(clock)
            }
        default: throw .misplaced(option)
        }
    }
}
