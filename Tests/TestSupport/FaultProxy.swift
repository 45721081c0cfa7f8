import Foundation
import Synchronization

/// Stands between the janitor and a server, and spoils the bytes at one place: counted over all connections, or on each.
public final class FaultProxy: Sendable {
    public typealias Direction = Relay.Direction

    /// What happens after so many bytes.
    public enum Fault: Sendable {
        /// The connection ends, with half a command or half a reply.
        case cut
        /// Nothing moves for so long.
        case delay(Duration)
        /// These bytes come in between.
        case insert(Bytes)
        /// Nothing is read or sent any more, and the connection stays open.
        case stall
    }

    private let listener: UnixListener
    private let progress: Progress

    /// Without a fault it only counts. A fault strikes once, or, if `strikesEachConnection`, once on each connection,
    /// whose bytes are counted for themselves then.
    public init(
        to redis: PrivateRedis, _ fault: Fault? = nil, _ direction: Direction = .toClient, after position: Int = 0,
        strikesEachConnection: Bool = false
    ) throws {
        let shared = Progress(position: fault == nil ? .max : position, direction: direction)
        progress = shared
        listener = try Relay.listen(before: redis) { relay in
            let own = strikesEachConnection ? Progress(position: position, direction: direction) : shared
            relay.run { FaultProxy.forward($1, $0, relay, own, fault ?? .cut) }
            if strikesEachConnection, own.hasStruck { shared.noteStrike() }
        }
    }

    public var url: String { "unix://" + listener.path }

    /// Whether the fault has happened.
    public var hasStruck: Bool { progress.hasStruck }

    /// How many bytes have come through.
    public func passed(_ direction: Direction) -> Int { progress.passed(direction) }

    /// How far the bytes have come in each direction.
    private final class Progress: Sendable {
        private struct State {
            var passed: [Direction: Int] = [:]
            var hasStruck = false
        }

        private let state = Mutex(State())
        private let position: Int
        private let direction: Direction

        init(position: Int, direction: Direction) {
            self.position = position
            self.direction = direction
        }

        var hasStruck: Bool { state.withLock { $0.hasStruck } }

        func passed(_ direction: Direction) -> Int { state.withLock { $0.passed[direction, default: 0] } }

        func noteStrike() { state.withLock { $0.hasStruck = true } }

        /// Takes in that bytes have come; returns after how many of them the fault strikes, if it does.
        func advance(_ direction: Direction, by count: Int) -> Int? {
            state.withLock { state in
                let before = state.passed[direction, default: 0]
                state.passed[direction] = before + count
                guard direction == self.direction, !state.hasStruck, before + count >= position else { return nil }
                state.hasStruck = true
                return max(position - before, 0)
            }
        }
    }

    /// Passes on what has come; false if that was the end of the connection.
    private static func forward(
        _ bytes: [UInt8], _ direction: Direction, _ relay: Relay, _ progress: Progress, _ fault: Fault
    ) -> Bool {
        guard let place = progress.advance(direction, by: bytes.count) else { return relay.send(bytes, direction) }
        guard relay.send(bytes[..<place], direction) else { return false }
        switch fault {
        case .cut: return false
        case .delay(let duration): usleep(UInt32(duration / .microseconds(1)))
        case .insert(let extra):
            guard relay.send(extra.raw, direction) else { return false }
        case .stall:
            waitUntilGone(relay.client)
            return false
        }
        return relay.send(bytes[place...], direction)
    }

    /// Until the other side closes the connection, without reading what it sends.
    private static func waitUntilGone(_ descriptor: Int32) {
        let hangUp = Int16(0x2000)  // POLLRDHUP, which Swift does not see
        var watched = pollfd(fd: descriptor, events: hangUp, revents: 0)
        while poll(&watched, 1, 30_000) < 0, errno == EINTR {}
    }
}
