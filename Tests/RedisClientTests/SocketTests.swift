// For timeval, whose initializer Swift finds only beside the module that RedisClient has it from.
import CHiredis
import Testing

@testable import RedisClient

struct SocketTests {
    @Test(arguments: [
        (Duration.seconds(5), 5, 0),
        (.milliseconds(1_500), 1, 500_000),
        (.milliseconds(1), 0, 1_000),
        (.microseconds(1), 0, 1),
        (.seconds(86_400) + .microseconds(999_999), 86_400, 999_999),
    ])
    func `a time-out is handed to the system to the microsecond`(duration: Duration, seconds: Int, microseconds: Int) {
        let value = timeval(duration)
        #expect(value.tv_sec == seconds)
        #expect(value.tv_usec == microseconds)
    }

    @Test(arguments: [-1, 0, 65_536, 1 << 40, .max])
    func `a port that is none is an error, whoever told it`(port: Int) {
        #expect(throws: RedisError.cannotConnect(reason: "\(port) is no port")) {
            try RedisConnection(
                to: Endpoint(address: .tcp(host: "127.0.0.1", port: port)), mode: .readOnly, timeout: .seconds(1))
        }
    }

    /// For the system, a time-out of zero is none at all.
    @Test(arguments: [Duration.zero, .nanoseconds(1)])
    func `a time-out too short to express is not taken for none`(duration: Duration) {
        let value = timeval(duration)
        #expect(value.tv_sec == 0)
        #expect(value.tv_usec == 1)
    }
}
