import Foundation
import Synchronization

/// A terminal with nobody but the test before it.
public final class PseudoTerminal: Sendable {
    /// What the program gets for its standard streams.
    public let device: Int32
    private let controller: Int32
    private let screen = Screen()

    // The kernel's numbers of these two requests, which Swift does not see.
    private static let unlock: UInt = 0x4004_5431
    private static let askNumber: UInt = 0x8004_5430

    /// Collects what is shown; apart from the terminal, which goes while the reading thread still runs.
    private final class Screen: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    public init() throws {
        controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard controller >= 0 else { throw SupportError.system("/dev/ptmx", errno) }
        // What unlockpt and ptsname do; glibc shows those only to programs that ask for X/Open.
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard ioctl(controller, PseudoTerminal.unlock, &isLocked) == 0,
            ioctl(controller, PseudoTerminal.askNumber, &number) == 0
        else {
            throw SupportError.system("ioctl", errno)
        }
        device = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard device >= 0 else { throw SupportError.system("open", errno) }
        Thread.detachNewThread { [screen, controller] in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
            while true {
                // Ends with an error once nobody has the device open any more.
                let count = read(controller, buffer.baseAddress, buffer.count)
                if count > 0 {
                    screen.bytes.withLock { $0.append(contentsOf: buffer[..<count]) }
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            close(controller)
            buffer.deallocate()
        }
    }

    deinit {
        close(device)
    }

    /// All that was shown so far, what was typed included; with plain line breaks.
    public var text: String {
        String(decoding: screen.bytes.withLock { $0.filter { $0 != UInt8(ascii: "\r") } }, as: UTF8.self)
    }

    /// Types; `\u{4}` at the beginning of a line is the end of input.
    public func type(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(controller, bytes, bytes.count) == bytes.count else { throw SupportError.system("write", errno) }
    }
}
