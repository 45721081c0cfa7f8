import CHiredis
import Glibc

/// A connected stream socket: bytes out, bytes in, each with a time-out, in plain or over TLS.
///
/// hiredis resolves and connects; the bytes then travel here.
struct Socket: ~Copyable {
    enum Failure: Error {
        case timedOut
        case closed(reason: String)
        case notRedis(reason: String)
        case tls(TLSError)
    }

    private let descriptor: Int32
    private let session: TLSSession?

    /// Connects, and shakes hands if `settings` say that this is TLS.
    init(_ address: Endpoint.Address, tls settings: TLSSettings? = nil, timeout: Duration) throws(RedisError) {
        let deadline = ContinuousClock.now + timeout
        let descriptor = try Socket.connect(address, timeout)
        do throws(RedisError) {
            session = try Socket.secure(descriptor, address, settings, before: deadline)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    private static func connect(_ address: Endpoint.Address, _ timeout: Duration) throws(RedisError) -> Int32 {
        // Another server may have told the port.
        if case .tcp(_, let port) = address, !(1...65_535).contains(port) {
            throw .cannotConnect(reason: "\(port) is no port")
        }
        let limit = timeval(timeout)
        let opened =
            switch address {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            case .sentinel: preconditionFailure("the sentinels have not been asked")
            }
        guard let context = opened else { throw .cannotConnect(reason: "out of memory") }
        guard context.pointee.err == 0, redisSetTimeout(context, limit) == REDIS_OK else {
            let reason = withUnsafeBytes(of: context.pointee.errstr) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            redisFree(context)
            throw .cannotConnect(reason: reason)
        }
        return Int32(redisFreeKeepFd(context))
    }

    private static func secure(
        _ descriptor: Int32, _ address: Endpoint.Address, _ settings: TLSSettings?,
        before deadline: ContinuousClock.Instant
    ) throws(RedisError) -> TLSSession? {
        guard let settings, case .tcp(let host, _) = address else { return nil }
        let session: TLSSession
        do throws(TLSError) {
            session = try TLSSession(descriptor: descriptor, host: host, settings: settings)
        } catch {
            throw .tls(error)
        }
        do throws(Failure) {
            while try !session.handshake() { try waitForBytes(descriptor, until: deadline) }
            return session
        } catch {
            switch error {
            case .tls(let error): throw .tls(error)
            case .closed(let reason): throw .cannotConnect(reason: "during the TLS handshake: \(reason)")
            case .timedOut where session.isSilent && speaksPlainText(address): throw .tls(.plainText)
            case .timedOut, .notRedis: throw .cannotConnect(reason: "no answer to the TLS handshake")
            }
        }
    }

    /// Whether the server answers a PING in plain text, on another connection.
    ///
    /// Redis without TLS takes a handshake for the beginning of a long command, and waits for its end.
    private static func speaksPlainText(_ address: Endpoint.Address) -> Bool {
        do {
            let plain = try Socket(address, timeout: .seconds(1))
            try Array("PING\r\n".utf8).withUnsafeBytes { try plain.write($0) }
            return try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { answer in
                let count = try plain.read(into: answer, before: .now + .seconds(1))
                return count > 0 && (answer[0] == UInt8(ascii: "+") || answer[0] == UInt8(ascii: "-"))
            }
        } catch {
            return false
        }
    }

    /// Sends all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let sent = if let session { try session.write(rest) } else { try send(rest) }
            rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int {
        while true {
            // MSG_NOSIGNAL: a connection that the server has closed is an error here, not the end of the process.
            let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if sent >= 0 { return sent }
            if errno != EINTR { throw Socket.failure(errno) }
        }
    }

    /// Receives at least one byte before the deadline; returns how many.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, before deadline: ContinuousClock.Instant
    ) throws(Failure) -> Int {
        while true {
            if let received = if let session { try session.read(into: buffer) } else { try receive(into: buffer) } {
                return received
            }
            try Socket.waitForBytes(descriptor, until: deadline)
        }
    }

    /// Takes what has come; nil if nothing has.
    private func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int? {
        while true {
            let received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if received > 0 { return received }
            if received == 0 { throw .closed(reason: "the server closed the connection") }
            if errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            if errno != EINTR { throw Socket.failure(errno) }
        }
    }

    private static func waitForBytes(
        _ descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(Failure) {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { throw .timedOut }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&watched, 1, Int32(clamping: min(left.rounded(.up), 1e9))) < 0, errno != EINTR {
            throw Socket.failure(errno)
        }
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
