/// A server of one's own that speaks TLS on a port of 127.0.0.1, and plain text on its unix socket.
public final class SecureRedis: Sendable {
    public let authority: CertificateAuthority
    public let redis: PrivateRedis
    public let port: Int

    /// `identity` makes the certificate to show, by default one for 127.0.0.1 and localhost.
    public init(
        asksForCertificate: Bool = false, _ arguments: [String] = [],
        identity: (CertificateAuthority) throws -> CertificateAuthority.Identity = {
            try $0.issue("server", names: ["IP:127.0.0.1", "DNS:localhost"])
        }
    ) throws {
        authority = try CertificateAuthority()
        let own = try identity(authority)
        port = try PrivateRedis.freePort()
        redis = try PrivateRedis(
            ["--tls-port", String(port), "--tls-cert-file", own.certificate, "--tls-key-file", own.key]
                + ["--tls-ca-cert-file", authority.certificate]
                + ["--tls-auth-clients", asksForCertificate ? "yes" : "no"] + arguments)
    }

    public var url: String { url(host: "127.0.0.1") }

    public func url(host: String) -> String { "rediss://\(host):\(port)/0" }
}
