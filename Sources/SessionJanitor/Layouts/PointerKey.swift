/// A kind of key that holds the id of a session.
public struct PointerKey: Equatable, Sendable {
    public let template: KeyTemplate
    /// Where the session names this pointer: another value there, and the pointer is not current.
    var backCheck: ValueSource?

    /// The variable that the session's field has to equal.
    static let token = "token"
}
