/// How often, and after which pauses, something that may pass is tried again.
public struct RetryPolicy: Sendable {
    /// The pause before each further attempt.
    public var pauses: [Duration]

    public init(pauses: [Duration]) {
        self.pauses = pauses
    }

    /// Five further attempts within about eight seconds.
    public static let standard = RetryPolicy(
        pauses: [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
}
