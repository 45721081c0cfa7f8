/// How a server is spoken to over TLS; without anything set, as the system trusts.
public struct TLSSettings: Equatable, Sendable {
    /// The authorities to trust, in PEM; nil: those of the system.
    public var authorityFile: String?
    /// The client's certificate, with those between it and its authority, in PEM.
    public var certificateFile: String?
    /// The key to it, in PEM, without a passphrase.
    public var keyFile: String?
    /// The name to ask the server for, and to find in its certificate; nil: the host's.
    public var serverName: String?
    /// Whether the server's certificate has to be right.
    public var isVerified: Bool

    public init(
        authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
        serverName: String? = nil, isVerified: Bool = true
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.serverName = serverName
        self.isVerified = isVerified
    }

    /// Whether the files can be used, before a server is spoken to.
    public func check() throws(TLSError) {
        _ = try TLSContext(self)
    }
}

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
