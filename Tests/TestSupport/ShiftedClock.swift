import Foundation

/// A clock for a server of a test's own that is ahead of the others, or behind them, and that can jump.
///
/// The time of day alone is shifted: what a server measures by the monotonic clock goes on as ever.
final class ShiftedClock: Sendable {
    private let path: String

    /// The clock's own file is in this folder.
    init(_ offset: Duration, in folder: TemporaryFolder) throws {
        path = folder.file("clock")
        guard FileManager.default.createFile(atPath: path, contents: ShiftedClock.bytes(offset)) else {
            throw SupportError.system("cannot write \(path)", errno)
        }
    }

    /// Lets the clock jump: so far it is ahead from now on.
    func set(_ offset: Duration) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: ShiftedClock.bytes(offset))
    }

    /// What a program's environment needs for it to have this clock.
    func environment() throws -> [String: String] {
        ["LD_PRELOAD": try ShiftedClock.library.get(), "SHIFTED_CLOCK": path]
    }

    private static func bytes(_ offset: Duration) -> Data {
        withUnsafeBytes(of: Int64(offset / .microseconds(1))) { Data($0) }
    }

    /// Compiled once a process, by the compiler that comes with Swift or another one, to where all builds go.
    private static let library = Result {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let source = tests.appendingPathComponent("Clock/shifted-clock.c").path
        let file = tests.deletingLastPathComponent().appendingPathComponent(".build/shifted-clock.so").path
        let own = "\(file).\(getpid())"
        let words = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", own, source]
        for compiler in ["clang", "cc"] {
            let process = try? ChildProcess(compiler, words, environment: ServerProgram.environment)
            guard process?.waitForEnd(within: .seconds(30)) == .exited(0) else { continue }
            guard rename(own, file) == 0 else { throw SupportError.system("cannot rename \(own)", errno) }
            return file
        }
        throw SupportError("no C compiler makes \(source) a library")
    }
}
