import Foundation

/// Something that shakes hands over TLS and is no Redis: the openssl program's own server.
public final class HandshakePeer: Sendable {
    public let authority: CertificateAuthority
    public let port: Int
    private let process: ChildProcess

    /// It waits for a request (`-www`), as otherwise it would end with its standard input. `arguments` are those of `openssl s_server`, such as `-tls1_1`.
    public init(_ arguments: [String]) throws {
        authority = try CertificateAuthority()
        let own = try authority.issue("server", names: ["IP:127.0.0.1"])
        port = try PrivateRedis.freePort()
        let output = try OutputPipe()
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        process = try ChildProcess(
            "openssl",
            ["s_server", "-www", "-accept", "127.0.0.1:\(port)", "-cert", own.certificate, "-key", own.key] + arguments,
            environment: ["PATH": path], output: output.descriptor)
        output.closeWritingEnd()
        try Deadline.wait(for: "openssl s_server") {
            String(decoding: output.bytes, as: UTF8.self).contains("ACCEPT")
        }
    }

    public var url: String { "rediss://127.0.0.1:\(port)/0" }
}
