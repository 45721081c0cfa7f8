import Glibc

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

extension Duration {
    /// Waits for so long, whatever signals come.
    package func sleep() {
        guard self > .zero else { return }
        let (seconds, attoseconds) = components
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }
}
