import Glibc
import Synchronization

/// Asks for a password on the process's terminal, without showing what is typed.
enum PasswordPrompt {
    /// The signal that came while somebody was typing.
    private static let caught = Atomic<Int32>(0)
    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    static func ask(_ question: String) throws(UsageError) -> String {
        // Standard input may be something else, and standard output the report.
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { throw noTerminal }
        defer { close(terminal) }
        var shown = termios()
        guard tcgetattr(terminal, &shown) == 0 else { throw noTerminal }
        // Whoever ends the program meanwhile gets the terminal back as it was.
        caught.store(0, ordering: .relaxed)
        let former = ending.map { number in
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { PasswordPrompt.caught.store($0, ordering: .relaxed) }
            var old = sigaction()
            sigaction(number, &action, &old)
            // As nohup wants it.
            if Interruption.isIgnored(old) { sigaction(number, &old, nil) }
            return old
        }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        // To be stopped with the echo off would leave the shell without one.
        withUnsafeMutableBytes(of: &hidden.c_cc) { $0[Int(VSUSP)] = 0 }
        tcsetattr(terminal, TCSAFLUSH, &hidden)
        write(Secrets.masked(question), to: terminal)
        let line = TypedLine.read(from: terminal) { caught.load(ordering: .relaxed) != 0 } ?? []
        tcsetattr(terminal, TCSAFLUSH, &shown)
        write("\n", to: terminal)
        for (number, old) in zip(ending, former) {
            var old = old
            sigaction(number, &old, nil)
        }
        let number = caught.load(ordering: .relaxed)
        if number != 0 {
            // Nothing is under way that would have to be finished first.
            signal(number, SIG_DFL)
            raise(number)
        }
        guard let text = String(validating: line, as: UTF8.self), !text.isEmpty else {
            throw UsageError("no password was typed for --askpass", zh: "--askpass 未输入密码")
        }
        return text
    }

    private static func write(_ text: String, to terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(terminal, bytes, bytes.count)
    }

    private static var noTerminal: UsageError {
        UsageError(
            "--askpass asks on the terminal, and there is none; use --password-file",
            zh: "--askpass 需要在终端上询问，而这里没有终端；请用 --password-file")
    }
}
