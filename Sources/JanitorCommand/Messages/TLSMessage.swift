import RedisClient

/// Says in words why there is no TLS to a server.
enum TLSMessage {
    static func message(_ error: TLSError, _ address: String) -> Message {
        switch error {
        case .unusableFile(let path, let reason):
            Message(
                "\(Printable.quoted(path)) cannot be used: \(Printable.text(reason)); --cacert, --cert and --key take "
                    + "files in PEM, keys without a passphrase",
                zh: "无法使用 \(Printable.quoted(path))：\(Printable.text(reason))；--cacert、--cert 和 --key 须为 PEM 文件，"
                    + "密钥不带口令")
        case .keyMismatch:
            Message(
                "the key of --key does not belong to the certificate of --cert; give the two that were made together",
                zh: "--key 的密钥与 --cert 的证书不匹配；请使用同时生成的一对")
        case .plainText:
            Message(
                "\(address) speaks plain text, not TLS; use its TLS port, or redis:// if it has none",
                zh: "\(address) 使用明文而非 TLS；请用其 TLS 端口，若没有则用 redis://")
        case .selfSigned:
            Message(
                "\(address) shows a self-signed certificate that is not trusted; trust it by --cacert",
                zh: "\(address) 出示的是不受信任的自签名证书；可用 --cacert 信任它")
        case .untrustedIssuer:
            Message(
                "\(address) shows a certificate whose issuer is not trusted; name the issuer's certificate by --cacert",
                zh: "\(address) 的证书颁发者不受信任；请用 --cacert 指定颁发者的证书")
        case .expired:
            Message(
                "\(address) shows a certificate that has expired; it has to be renewed there",
                zh: "\(address) 的证书已过期；须在服务器上更新")
        case .notYetValid:
            Message(
                "\(address) shows a certificate that is not valid yet; is the clock right, here and where it was made?",
                zh: "\(address) 的证书尚未生效；请检查本机与签发处的时钟")
        case .wrongHost(let name):
            Message(
                "\(address) shows a certificate that is not for \(Printable.text(name)); use the name in it, or give "
                    + "that by --sni",
                zh: "\(address) 的证书不属于 \(Printable.text(name))；请使用证书中的名称，或用 --sni 指定")
        case .clientCertificateRequired:
            Message(
                "\(address) wants a certificate of the client; give one by --cert and --key",
                zh: "\(address) 要求客户端证书；请用 --cert 和 --key 指定")
        case .clientCertificateRefused(let reason):
            Message(
                "\(address) does not accept the certificate of --cert (\(Printable.text(reason))); was it issued by an "
                    + "authority that the server trusts?",
                zh: "\(address) 不接受 --cert 的证书（\(Printable.text(reason))）；它是否由服务器信任的机构签发？")
        case .failed(let reason):
            Message(
                "TLS with \(address) failed: \(Printable.text(reason)); the server's log may say more",
                zh: "与 \(address) 的 TLS 通信失败：\(Printable.text(reason))；服务器日志中可能有更多说明")
        }
    }

    /// A short word for scripts.
    static func code(_ error: TLSError) -> String {
        switch error {
        case .unusableFile: "tls_unusable_file"
        case .keyMismatch: "tls_key_mismatch"
        case .plainText: "tls_plain_text"
        case .selfSigned: "tls_self_signed"
        case .untrustedIssuer: "tls_untrusted_issuer"
        case .expired: "tls_expired"
        case .notYetValid: "tls_not_yet_valid"
        case .wrongHost: "tls_wrong_host"
        case .clientCertificateRequired: "tls_client_certificate_required"
        case .clientCertificateRefused: "tls_client_certificate_refused"
        case .failed: "tls_failed"
        }
    }
}
