import Glibc

/// Keeps a password that stands on the command line out of `ps`.
enum ProcessTitle {
    /// Overwrites, in the process's own argument memory, the user and password of every URL.
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
            let secrets = [credentials(in: bytes), sentinelPassword(in: bytes)]
            for position in secrets.compactMap(\.self).joined() { text[position] = CChar(UInt8(ascii: "*")) }
        }
    }

    /// Where the user and the password stand in a URL, or in an option that holds one.
    static func credentials(in bytes: [UInt8]) -> Range<Int>? {
        guard let scheme = bytes.firstRange(of: Array("://".utf8)),
            let end = bytes[scheme.upperBound...].lastIndex(of: UInt8(ascii: "@"))
        else { return nil }
        return scheme.upperBound..<end
    }

    /// Where the sentinels' password stands in a URL.
    static func sentinelPassword(in bytes: [UInt8]) -> Range<Int>? {
        guard let name = bytes.firstRange(of: Array("sentinel_password=".utf8)) else { return nil }
        let end = bytes[name.upperBound...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
        return name.upperBound..<end
    }
}
