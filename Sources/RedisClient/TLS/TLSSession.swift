import COpenSSL
import Glibc

/// One conversation over TLS on a connected descriptor, which stays the caller's.
final class TLSSession {
    private let ssl: OpaquePointer
    private let wire: TLSWire
    /// Whose certificate it has to be.
    private let name: String
    private let hasCertificate: Bool

    init(descriptor: Int32, host: String, settings: TLSSettings) throws(TLSError) {
        let context = try TLSContext(settings)
        guard let ssl = SSL_new(context.pointer) else { throw .failed(reason: TLSContext.lastReason()) }
        self.ssl = ssl
        wire = TLSWire(descriptor: descriptor)
        name = settings.serverName ?? host
        hasCertificate = settings.certificateFile != nil
        guard let bio = wire.makeBIO() else { throw .failed(reason: TLSContext.lastReason()) }
        SSL_set_bio(ssl, bio, bio)
        expect(settings)
    }

    deinit {
        SSL_free(ssl)
    }

    /// Names the one whose certificate is wanted.
    private func expect(_ settings: TLSSettings) {
        let parameters = SSL_get0_param(ssl)
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1
        if !isAddress {
            X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            X509_VERIFY_PARAM_set1_host(parameters, name, 0)
        }
        // An address is no server name to TLS, unless somebody insists.
        if !isAddress || settings.serverName != nil { _ = shim_set_server_name(ssl, name) }
    }

    /// Whether nothing has come from the server yet.
    var isSilent: Bool { wire.firstByte == nil }

    /// Goes on with the handshake: true once it is done, false while bytes are missing.
    func handshake() throws(Socket.Failure) -> Bool {
        try step { SSL_connect(ssl) } != nil
    }

    /// Takes what has come; nil while bytes are missing.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Socket.Failure) -> Int? {
        try step { SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count)) }
    }

    /// Sends some of the bytes; returns how many.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Socket.Failure) -> Int {
        do throws(Socket.Failure) {
            // Nil: the system's limit for sending has passed.
            guard let sent = try step({ SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)) }) else {
                throw Socket.Failure.timedOut
            }
            return sent
        } catch {
            throw alert() ?? error
        }
    }

    /// A server that refuses us says why and closes; a write that meets the closed connection has not read that yet.
    private func alert() -> Socket.Failure? {
        var byte: UInt8 = 0
        ERR_clear_error()
        guard SSL_read(ssl, &byte, 1) <= 0, ERR_peek_last_error() != 0, !wire.isEnded else { return nil }
        return .tls(reason())
    }

    /// Nil: bytes are missing.
    private func step(_ body: () -> Int32) throws(Socket.Failure) -> Int? {
        ERR_clear_error()
        let result = body()
        if result > 0 { return Int(result) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return nil
        case SSL_ERROR_ZERO_RETURN: throw .closed(reason: "the server closed the connection")
        default: throw failure()
        }
    }

    private func failure() -> Socket.Failure {
        if let code = wire.failure { return .closed(reason: String(cString: strerror(code))) }
        if wire.isEnded { return .closed(reason: "the server closed the connection") }
        return .tls(reason())
    }

    /// The kinds of TLS records begin here.
    private static let recordTypes: ClosedRange<UInt8> = 20...23
    /// OpenSSL gives alerts of the other side numbers from here.
    private static let alerts = Int32(SSL_AD_REASON_OFFSET)

    private func reason() -> TLSError {
        if let first = wire.firstByte, !TLSSession.recordTypes.contains(first) { return .plainText }
        let verdict = SSL_get_verify_result(ssl)
        switch Int32(verdict) {
        case X509_V_OK: break
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
            X509_V_ERR_CERT_UNTRUSTED:
            return .untrustedIssuer
        case X509_V_ERR_CERT_HAS_EXPIRED: return .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: return .notYetValid
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: return .wrongHost(name)
        default: return .failed(reason: String(cString: X509_verify_cert_error_string(verdict)))
        }
        let text = TLSContext.lastReason()
        switch shim_error_reason(ERR_peek_last_error()) - TLSSession.alerts {
        // Since TLS 1.3 there is an alert for it; before, it comes once the server has shown its own certificate.
        case Int32(TLS13_AD_CERTIFICATE_REQUIRED): return .clientCertificateRequired
        case Int32(SSL3_AD_HANDSHAKE_FAILURE) where !hasCertificate && shim_has_peer_certificate(ssl) != 0:
            return .clientCertificateRequired
        case Int32(SSL3_AD_BAD_CERTIFICATE)...Int32(SSL3_AD_CERTIFICATE_UNKNOWN) where hasCertificate,
            Int32(TLS1_AD_UNKNOWN_CA)...Int32(TLS1_AD_DECRYPT_ERROR) where hasCertificate:
            return .clientCertificateRefused(reason: text)
        default: return .failed(reason: text)
        }
    }
}
