import Glibc

/// Keeps a password that stands on the command line out of `ps`.
enum ProcessTitle {
    /// Overwrites, in the process's own argument memory, the secrets of every URL.
    ///
    /// Has to come after the arguments were copied. What another process read before cannot be taken back, which is
    /// why the environment is the better place.
    @MainActor
    static func hideCredentials() {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            let length = strlen(argument)
            let text = UnsafeMutableBufferPointer(start: argument, count: length)
            let bytes = text.map { UInt8(bitPattern: $0) }
            for position in Secrets.ranges(in: bytes, .argument).joined() { text[position] = CChar(UInt8(ascii: "*")) }
        }
    }
}
