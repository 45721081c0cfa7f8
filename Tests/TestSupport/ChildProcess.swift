public import Glibc
import Synchronization

/// A process that a test started; ended by its id and waited for, at the latest when this object goes.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    public let identifier: pid_t
    private let ending = Mutex<Ending?>(nil)

    /// Starts `executable`, looked up in `PATH` unless it is a path. Nothing is inherited but the descriptors given.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String],
        input: Int32? = nil, output: Int32? = nil, error: Int32? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        for (target, source) in [(Int32(1), output), (Int32(2), error)] {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, target)
            } else {
                posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_WRONLY, 0)
            }
        }
        // glibc passes over those that are not open; its call that closes all above a number is not visible to Swift.
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        // The runner's own signal settings are nothing to do with the child.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, executable, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw SupportError.system("cannot start \(executable)", code) }
        identifier = process
    }

    deinit {
        guard reap() == nil else { return }
        kill(identifier, SIGKILL)
        _ = waitForEnd(within: .seconds(10))
    }

    public func send(signal: Int32) {
        ending.withLock { ending in
            // Once it has been waited for, its id may belong to another process.
            if ending == nil { kill(identifier, signal) }
        }
    }

    public var isRunning: Bool { reap() == nil }

    /// How it ended; nil if it did not within this time.
    public func waitForEnd(within duration: Duration) -> Ending? {
        let deadline = Deadline(in: duration)
        while true {
            if let ending = reap() { return ending }
            if deadline.hasPassed { return nil }
            usleep(500)
        }
    }

    private func reap() -> Ending? {
        ending.withLock { ending in
            if ending != nil { return ending }
            var status: Int32 = 0
            guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
            let signal = status & 0x7f
            ending = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            return ending
        }
    }
}
