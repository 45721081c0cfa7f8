/// Why nothing can be said to a server over TLS.
public enum TLSError: Error, Equatable, Sendable {
    /// A file with a certificate or a key; `reason` is the system's or OpenSSL's word.
    case unusableFile(path: String, reason: String)
    /// The client's key belongs to another certificate.
    case keyMismatch
    case plainText
    case selfSigned
    case untrustedIssuer
    case expired
    case notYetValid
    /// The certificate is for somebody else than this host name or address.
    case wrongHost(String)
    case clientCertificateRequired
    /// The server does not accept the client's certificate; `reason` is its alert.
    case clientCertificateRefused(reason: String)
    /// Anything else, in OpenSSL's words.
    case failed(reason: String)
}
