import FoundationEssentials
import Glibc

/// A monitor of the healthchecks.io kind: `URL/start` when a run begins, `URL/<exit status>` when it ends.
///
/// Asked by the curl program, which knows proxies, certificates and time-outs; bounded in time.
struct PingMonitor {
    let url: String
    /// Seconds that one ping may take, repetitions included.
    private static let patience = 15

    /// Nil if the monitor was reached, else why not.
    func start() -> String? {
        ping("start")
    }

    func finish(_ status: ExitStatus) -> String? {
        ping(String(status.rawValue))
    }

    private func ping(_ word: String) -> String? {
        // The URL is a secret of a kind, so it goes through standard input, not into the list of processes.
        let configuration = """
            url = "\(url)/\(word)"
            max-time = \(PingMonitor.patience)
            retry = 2
            retry-max-time = \(PingMonitor.patience)
            output = "/dev/null"
            silent
            show-error
            fail
            """
        do {
            return try run(["curl", "--config", "-"], input: configuration)
        } catch {
            return "curl could not be started: \(String(cString: strerror((error as? SpawnError)?.code ?? 0)))"
        }
    }

    private struct SpawnError: Error {
        let code: Int32
    }

    /// Runs a program to its end; nil if it succeeded, else what it said.
    private func run(_ words: [String], input: String) throws -> String? {
        let toChild = try channel()
        let fromChild = try channel()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
        var arguments = words.map { strdup($0) } + [nil]
        defer {
            for argument in arguments { free(argument) }
        }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, words[0], &actions, nil, &arguments, environ)
        close(toChild[0])
        close(fromChild[1])
        defer { close(fromChild[0]) }
        guard failure == 0 else {
            close(toChild[1])
            throw SpawnError(code: failure)
        }
        // Far less than a pipe holds, so this does not wait for the child to read.
        _ = Array(input.utf8).withUnsafeBytes { write(toChild[1], $0.baseAddress, $0.count) }
        close(toChild[1])
        let said = readAll(fromChild[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? nil : Printable.text(said.prefix { $0 != UInt8(ascii: "\n") })
    }

    /// A pipe that no child inherits but by what it is given.
    private func channel() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SpawnError(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private func readAll(_ descriptor: Int32) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                result += buffer[..<count]
            } else if count == 0 || errno != EINTR {
                return result
            }
        }
    }
}
