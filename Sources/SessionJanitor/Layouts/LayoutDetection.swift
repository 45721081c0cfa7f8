/// Which built-in layouts the keys of a server match.
public struct LayoutDetection: Equatable, Sendable, Encodable {
    public struct Match: Equatable, Sendable, Encodable {
        public let layout: BuiltInLayout
        /// How many keys each template matches; those that match none are left out.
        public let counts: [Count]
    }

    public struct Count: Equatable, Sendable, Encodable {
        public let template: String
        public let count: Int
    }

    /// How many keys were looked at.
    public let keys: Int
    /// The best first.
    public let matches: [Match]
}

extension BuiltInLayout: Encodable {}
