import COpenSSL
import Glibc

/// OpenSSL's settings for one or more sessions, made of ``TLSSettings``.
final class TLSContext {
    let pointer: OpaquePointer

    /// A large buffer takes several records from the socket at a time.
    private static let readBuffer = 64 << 10

    init(_ settings: TLSSettings) throws(TLSError) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw .failed(reason: TLSContext.lastReason()) }
        self.pointer = pointer
        guard shim_require_tls_1_2(pointer) == 1 else { throw .failed(reason: TLSContext.lastReason()) }
        shim_forbid_renegotiation(pointer)
        shim_read_ahead(pointer)
        SSL_CTX_set_default_read_buffer_len(pointer, TLSContext.readBuffer)
        SSL_CTX_set_verify(pointer, settings.isVerified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        // OpenSSL would ask for a passphrase on the terminal, which nobody may be at.
        SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in -1 }
        try load(settings)
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private func load(_ settings: TLSSettings) throws(TLSError) {
        if let path = settings.authorityFile {
            try use(path) { SSL_CTX_load_verify_locations(pointer, $0, nil) }
        } else if settings.isVerified {
            SSL_CTX_set_default_verify_paths(pointer)
        }
        if let path = settings.certificateFile {
            try use(path) { SSL_CTX_use_certificate_chain_file(pointer, $0) }
        }
        if let path = settings.keyFile {
            try use(path) { SSL_CTX_use_PrivateKey_file(pointer, $0, SSL_FILETYPE_PEM) }
        }
    }

    private func use(_ path: String, _ load: (String) -> Int32) throws(TLSError) {
        // OpenSSL's own word for a file that is not there depends on its version.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unusableFile(path: path, reason: String(cString: strerror(errno))) }
        close(descriptor)
        ERR_clear_error()
        guard load(path) != 1 else { return }
        let isMismatch = shim_is_key_mismatch(ERR_peek_last_error()) != 0
        throw isMismatch ? .keyMismatch : .unusableFile(path: path, reason: TLSContext.lastReason())
    }

    /// OpenSSL's word for what failed last.
    static func lastReason() -> String {
        guard let text = ERR_reason_error_string(ERR_peek_last_error()) else { return "unknown error" }
        return String(cString: text)
    }
}
