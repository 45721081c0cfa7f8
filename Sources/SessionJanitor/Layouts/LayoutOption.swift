/// One of the options that a layout is made of, as it stands on a command line.
public struct LayoutOption: Equatable, Sendable {
    public enum Name: String, CaseIterable, Sendable {
        case sessionKey = "--session-key"
        case indexKey = "--index-key"
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
            case .member, .backCheck, .presenceValue, .ttl: true
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
}
