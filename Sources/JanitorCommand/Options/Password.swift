import Glibc
import Synchronization

/// A file that holds a secret, a password or a URL, and nothing else but a line break at its end.
struct SecretFile {
    let path: String
    let content: String
    /// Whether group or others may read it.
    let isExposed: Bool

    /// No secret is longer than this; a wrong file, such as a device, may be endless.
    private static let limit = 64 << 10

    /// `origin` is the option or the variable that names the file, `kind` what it has to hold.
    init(path: String, origin: String, _ kind: Message) throws(UsageError) {
        let name = Message("\(origin) \(quoted: path)")
        func unreadable() -> UsageError {
            let reason = String(cString: strerror(errno))
            return UsageError(
                "\(name) cannot be read: \(reason); it must be a file that holds the \(kind)",
                zh: "\(name) 无法读取：\(reason)；应为存有\(kind)的文件")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable() }
        isExposed = status.st_mode & S_IFMT == S_IFREG && status.st_mode & (S_IRGRP | S_IROTH) != 0
        guard var bytes = FileError.bytes(of: descriptor, atMost: SecretFile.limit) else { throw unreadable() }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw UsageError("\(name) is empty; it must hold the \(kind)", zh: "\(name) 是空的；其中应有\(kind)")
        }
        guard bytes.count < SecretFile.limit, let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageError(
                "\(name) does not hold a \(kind): it is too long or not UTF-8", zh: "\(name) 中不是\(kind)：过长或不是 UTF-8")
        }
        self.path = path
        content = text
    }
}

/// Asks for a password on the process's terminal, without showing what is typed.
enum PasswordPrompt {
    /// The signal that arrived while the password was typed.
    private static let caught = Atomic<Int32>(0)
    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    static func ask(_ question: String) throws(UsageError) -> String {
        // Standard input may be a file, and standard output takes the report.
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { throw noTerminal }
        defer { close(terminal) }
        var shown = termios()
        guard tcgetattr(terminal, &shown) == 0 else { throw noTerminal }
        // The terminal is restored whatever ends the program in the meantime.
        caught.store(0, ordering: .relaxed)
        let former = ending.map { number in
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { PasswordPrompt.caught.store($0, ordering: .relaxed) }
            var old = sigaction()
            sigaction(number, &action, &old)
            // Keep it ignored, as nohup does.
            if Interruption.isIgnored(old) { sigaction(number, &old, nil) }
            return old
        }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        // A program stopped by Ctrl-Z here would leave the shell without echo.
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
            // There is no work to finish first.
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
