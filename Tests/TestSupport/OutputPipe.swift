import Foundation
import Synchronization

/// One output stream of a child, read while the child runs, so that the child never waits for a reader.
final class OutputPipe: Sendable {
    /// For the child; closed here once the child has it.
    private let writing: Mutex<Int32?>
    private let collected = Mutex<[UInt8]>([])
    private let ended = DispatchSemaphore(value: 0)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SupportError.system("pipe", errno) }
        writing = Mutex(ends[1])
        let reading = ends[0]
        Thread.detachNewThread { [self] in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
            while true {
                let count = read(reading, buffer.baseAddress, buffer.count)
                if count > 0 {
                    collected.withLock { $0.append(contentsOf: buffer[..<count]) }
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            close(reading)
            buffer.deallocate()
            ended.signal()
        }
    }

    deinit {
        closeWritingEnd()
    }

    var descriptor: Int32? { writing.withLock { $0 } }

    func closeWritingEnd() {
        writing.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    /// What has come so far.
    var bytes: [UInt8] { collected.withLock { $0 } }

    /// Whether the last writer closed it by the deadline.
    func waitForEnd(_ deadline: Deadline) -> Bool {
        let seconds = deadline.remaining / .seconds(1)
        guard ended.wait(timeout: .now() + seconds) == .success else { return false }
        ended.signal()
        return true
    }
}
