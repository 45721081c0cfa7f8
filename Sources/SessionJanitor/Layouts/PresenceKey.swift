/// A kind of key that should exist only while its user has a session: a string.
public struct PresenceKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// What the string holds; a key with anything else is another's. Nil for any value.
    var value: [UInt8]?
    /// The TTL that one without any gets.
    var ttl: Duration?
}
