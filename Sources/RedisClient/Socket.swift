import CHiredis
import Glibc

/// A connected stream socket: bytes out, bytes in, each with a time-out.
///
/// hiredis resolves and connects; the bytes then travel here, so that another transport can take this one's place.
struct Socket: ~Copyable {
    enum Failure: Error {
        case timedOut
        case closed(reason: String)
        case notRedis(reason: String)
    }

    private let descriptor: Int32

    init(_ address: Endpoint.Address, timeout: Duration) throws(RedisError) {
        let limit = timeval(timeout)
        let opened =
            switch address {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let context = opened else { throw .cannotConnect(reason: "out of memory") }
        guard context.pointee.err == 0, redisSetTimeout(context, limit) == REDIS_OK else {
            let reason = withUnsafeBytes(of: context.pointee.errstr) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            redisFree(context)
            throw .cannotConnect(reason: reason)
        }
        descriptor = Int32(redisFreeKeepFd(context))
    }

    deinit {
        close(descriptor)
    }

    /// Sends all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            // MSG_NOSIGNAL: a connection that the server has closed is an error here, not the end of the process.
            let sent = send(descriptor, start, rest.count, Int32(MSG_NOSIGNAL))
            if sent >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
            } else if errno != EINTR {
                throw Socket.failure(errno)
            }
        }
    }

    /// Receives at least one byte before the deadline; returns how many.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, before deadline: ContinuousClock.Instant
    ) throws(Failure) -> Int {
        while true {
            let received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if received > 0 { return received }
            if received == 0 { throw .closed(reason: "the server closed the connection") }
            if errno == EAGAIN || errno == EWOULDBLOCK {
                try waitForBytes(until: deadline)
            } else if errno != EINTR {
                throw Socket.failure(errno)
            }
        }
    }

    private func waitForBytes(until deadline: ContinuousClock.Instant) throws(Failure) {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { throw .timedOut }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&watched, 1, Int32(min(left.rounded(.up), 1e9))) < 0, errno != EINTR { throw Socket.failure(errno) }
    }

    private static func failure(_ code: Int32) -> Failure {
        // SO_SNDTIMEO, which redisSetTimeout sets, reports its end as EAGAIN.
        code == EAGAIN || code == EWOULDBLOCK ? .timedOut : .closed(reason: String(cString: strerror(code)))
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: max(Int(attoseconds / 1_000_000_000_000), seconds == 0 ? 1 : 0))
    }
}
