import Foundation

/// An authority of one's own that issues certificates by the openssl program; all files go with this object.
public final class CertificateAuthority: Sendable {
    /// A certificate and the key to it, as paths of files.
    public struct Identity: Sendable {
        public let certificate: String
        public let key: String
    }

    /// From when to when a certificate is valid, as `openssl ca` wants it.
    public enum Validity: Sendable {
        case now, past, future

        var words: [String] {
            switch self {
            case .now: ["-days", "2"]
            case .past: ["-startdate", "20010101000000Z", "-enddate", "20020101000000Z"]
            case .future: ["-startdate", "20980101000000Z", "-enddate", "20990101000000Z"]
            }
        }
    }

    private let folder: TemporaryFolder

    public init() throws {
        folder = try TemporaryFolder()
        let configuration = """
            [ca]
            default_ca = own
            [own]
            new_certs_dir = \(folder.path)
            database = \(folder.file("index"))
            certificate = \(certificate)
            private_key = \(folder.file("ca.key"))
            default_md = sha256
            unique_subject = no
            rand_serial = yes
            policy = any
            [any]
            commonName = supplied
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder.file("ca.conf")))
        try Data().write(to: URL(fileURLWithPath: folder.file("index")))
        try openssl(["req", "-x509", "-days", "2"] + request("ca", "ca") + ["-out", certificate])
    }

    /// The authority's own certificate.
    public var certificate: String { folder.file("ca.crt") }

    /// Issues a certificate; `names` are as in `IP:127.0.0.1` or `DNS:localhost`.
    public func issue(_ name: String, names: [String], validity: Validity = .now) throws -> Identity {
        let identity = Identity(certificate: folder.file("\(name).crt"), key: folder.file("\(name).key"))
        let extensions = folder.file("\(name).ext")
        try Data("subjectAltName = \(names.joined(separator: ","))\n".utf8).write(to: URL(fileURLWithPath: extensions))
        let wanted = folder.file("\(name).csr")
        try openssl(["req"] + request(name, name) + ["-out", wanted])
        try openssl(
            ["ca", "-batch", "-notext", "-config", folder.file("ca.conf"), "-in", wanted]
                + ["-out", identity.certificate, "-extfile", extensions] + validity.words)
        return identity
    }

    /// A certificate that nobody has issued but itself.
    public func selfSigned(_ name: String, names: [String]) throws -> Identity {
        let identity = Identity(certificate: folder.file("\(name).crt"), key: folder.file("\(name).key"))
        try openssl(
            ["req", "-x509", "-days", "2"] + request(name, name) + ["-out", identity.certificate]
                + ["-addext", "subjectAltName = \(names.joined(separator: ","))"])
        return identity
    }

    private func request(_ name: String, _ file: String) -> [String] {
        ["-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)"]
            + ["-keyout", folder.file("\(file).key")]
    }

    private func openssl(_ words: [String]) throws {
        let error = try OutputPipe()
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let process = try ChildProcess("openssl", words, environment: ["PATH": path], error: error.descriptor)
        error.closeWritingEnd()
        let deadline = Deadline(in: .seconds(60))
        guard error.waitForEnd(deadline), process.waitForEnd(within: deadline.remaining) == .exited(0) else {
            throw SupportError("openssl \(words[0]): \(String(decoding: error.bytes, as: UTF8.self))")
        }
    }
}
