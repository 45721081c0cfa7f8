// For timeval, whose initializer Swift finds only beside the module that RedisClient has it from.
import CHiredis
import Testing

@testable import RedisClient

@Suite struct SocketTests {
    @Test(
        "A time-out is handed to the system to the microsecond",
        arguments: [
            (Duration.seconds(5), 5, 0),
            (.milliseconds(1_500), 1, 500_000),
            (.milliseconds(1), 0, 1_000),
            (.microseconds(1), 0, 1),
            (.seconds(86_400) + .microseconds(999_999), 86_400, 999_999),
        ])
    func timeOut(duration: Duration, seconds: Int, microseconds: Int) {
        let value = timeval(duration)
        #expect(value.tv_sec == seconds)
        #expect(value.tv_usec == microseconds)
    }

    /// For the system, a time-out of zero is none at all.
    @Test("A time-out too short to express is not taken for none", arguments: [Duration.zero, .nanoseconds(1)])
    func shortest(duration: Duration) {
        let value = timeval(duration)
        #expect(value.tv_sec == 0)
        #expect(value.tv_usec == 1)
    }
}
