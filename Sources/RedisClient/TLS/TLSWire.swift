import COpenSSL
import Glibc

/// What OpenSSL reads from and writes to: a descriptor, but with our flags, so that no write raises SIGPIPE and no read
/// waits.
final class TLSWire {
    private let descriptor: Int32
    /// The first byte that came: it tells TLS from anything else.
    private(set) var firstByte: UInt8?
    /// Whether the server has closed the connection.
    private(set) var isEnded = false
    /// `errno` of what failed.
    private(set) var failure: Int32?

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// OpenSSL's end of it; keeps no hold of this object.
    func makeBIO() -> OpaquePointer? {
        guard let bio = BIO_new(TLSWire.method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private func read(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int, _ bio: OpaquePointer) -> Int32 {
        while true {
            let received = recv(descriptor, buffer, count, Int32(MSG_DONTWAIT))
            if received > 0 {
                if firstByte == nil { firstByte = UInt8(bitPattern: buffer[0]) }
                return Int32(received)
            }
            if received == 0 {
                isEnded = true
                return 0
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: shim_retry_read(bio)
            default: failure = errno
            }
            return -1
        }
    }

    private func write(_ bytes: UnsafePointer<CChar>, _ count: Int, _ bio: OpaquePointer) -> Int32 {
        while true {
            let sent = send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
            if sent >= 0 { return Int32(sent) }
            switch errno {
            case EINTR: continue
            case EAGAIN: shim_retry_write(bio)
            default: failure = errno
            }
            return -1
        }
    }

    private static func wire(of bio: OpaquePointer) -> TLSWire? {
        BIO_get_data(bio).map { Unmanaged<TLSWire>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The only one there is; OpenSSL does not change it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket")
        BIO_meth_set_read(method) { bio, buffer, count in
            guard let bio, let buffer, let wire = TLSWire.wire(of: bio) else { return -1 }
            shim_clear_retry(bio)
            return wire.read(buffer, Int(count), bio)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio, let bytes, let wire = TLSWire.wire(of: bio) else { return -1 }
            shim_clear_retry(bio)
            return wire.write(bytes, Int(count), bio)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()
}
