import Foundation
public import RedisClient
import Synchronization

/// A real redis-server of one's own: on a unix socket in its own folder, gone with this object.
///
/// Never asks the environment where a server is and never listens on Redis's usual port.
public final class PrivateRedis: Sendable {
    public let folder: TemporaryFolder
    /// The port on 127.0.0.1, if one was asked for.
    public let port: Int?

    private let arguments: [String]
    private let clock: ShiftedClock?
    private let process: Mutex<ChildProcess>

    /// Starts a server and waits until it answers.
    ///
    /// `arguments` are further words of the configuration, such as `["--maxmemory", "1mb"]`. With a `clockOffset`, be it
    /// zero, the server has a clock of its own, which ``setClock(ahead:)`` can move.
    public init(
        _ arguments: [String] = [], listensOnPort: Bool = false, awaitsReadiness: Bool = true,
        clockOffset: Duration? = nil
    ) throws {
        folder = try TemporaryFolder()
        port = listensOnPort ? try PrivateRedis.freePort() : nil
        self.arguments = arguments
        clock = try clockOffset.map { [folder] in try ShiftedClock($0, in: folder) }
        process = Mutex(try PrivateRedis.start(folder, port, arguments, clock))
        try waitForAnswer(awaitsReadiness: awaitsReadiness)
    }

    deinit {
        stop()
    }

    // MARK: Addresses

    public var socketPath: String { folder.file("redis.sock") }

    /// The URL for the janitor.
    public var url: String { "unix://" + socketPath }

    public func url(database: Int) -> String { "\(url)?db=\(database)" }

    public func url(user: String = "", password: String) -> String { "unix://\(user):\(password)@\(socketPath)" }

    public func endpoint(database: Int = 0) -> Endpoint {
        Endpoint(address: .unix(path: socketPath), database: database)
    }

    public func client() throws -> TestClient {
        try TestClient(socketPath: socketPath)
    }

    // MARK: Life and death

    public var processIdentifier: Int32 { process.withLock { $0.identifier } }

    /// Ends it at once and waits for that.
    public func stop() {
        process.withLock { process in
            process.send(signal: SIGKILL)
            _ = process.waitForEnd(within: .seconds(10))
        }
    }

    /// Stops it from doing anything, while its socket still takes connections.
    public func freeze() {
        process.withLock { $0.send(signal: SIGSTOP) }
    }

    public func thaw() {
        process.withLock { $0.send(signal: SIGCONT) }
    }

    /// Ends it and starts another one in the same folder, which loads `dump.rdb` if there is one.
    public func restart(_ furtherArguments: [String] = [], awaitsReadiness: Bool = true) throws {
        stop()
        try process.withLock { process in
            process = try PrivateRedis.start(folder, port, arguments + furtherArguments, clock)
        }
        try waitForAnswer(awaitsReadiness: awaitsReadiness)
    }

    /// Lets the server's clock jump: so far it is ahead of the others' from now on.
    public func setClock(ahead offset: Duration) throws {
        guard let clock else { throw SupportError("this server was started without a clock of its own") }
        try clock.set(offset)
    }

    private static func start(
        _ folder: TemporaryFolder, _ port: Int?, _ arguments: [String], _ clock: ShiftedClock?
    ) throws -> ChildProcess {
        // A sentinel insists on a file that it may write to.
        let configuration = folder.file("redis.conf")
        if !FileManager.default.fileExists(atPath: configuration) {
            _ = FileManager.default.createFile(atPath: configuration, contents: nil)
        }
        var words = [
            configuration, "--port", String(port ?? 0), "--bind", "127.0.0.1", "--unixsocket",
            folder.file("redis.sock"),
        ]
        words += ["--dir", folder.path, "--logfile", folder.file("redis.log"), "--loglevel", "warning"]
        words += ["--save", "", "--appendonly", "no", "--daemonize", "no"] + arguments
        let environment = ServerProgram.environment.merging(try clock?.environment() ?? [:]) { $1 }
        return try ChildProcess(ServerProgram.path, words, environment: environment)
    }

    private func waitForAnswer(awaitsReadiness: Bool) throws {
        try Deadline.wait(for: "an answer of redis-server") {
            guard process.withLock({ $0.isRunning }) else {
                let log = (try? String(contentsOfFile: folder.file("redis.log"), encoding: .utf8)) ?? ""
                throw SupportError("redis-server ended at once: \(log)")
            }
            guard let client = try? TestClient(socketPath: socketPath), let reply = try? client.ask("PING") else {
                return false
            }
            // An error is an answer, too, unless it says that the server is still loading.
            return !awaitsReadiness || reply.text?.hasPrefix("LOADING") == false
        }
    }

    private static let ports = Mutex<Set<Int>>([])

    /// A port that was free a moment ago, and that no other test has got.
    public static func freePort() throws -> Int {
        while true {
            let port = try anyPort()
            if ports.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    private static func anyPort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SupportError.system("socket", errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
            }
        }
        guard code == 0 else { throw SupportError.system("bind", errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
