import Foundation
import Synchronization

/// Stands between the janitor and a server, and spoils the bytes at one place: counted over all connections, or on each.
public final class FaultProxy: Sendable {
    public enum Direction: String, Sendable, CaseIterable {
        case toServer, toClient
    }

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
        let target = redis.socketPath
        let shared = Progress(position: fault == nil ? .max : position, direction: direction)
        progress = shared
        listener = try UnixListener { client in
            guard let server = UnixListener.connect(to: target) else { return }
            defer { close(server) }
            let own = strikesEachConnection ? Progress(position: position, direction: direction) : shared
            FaultProxy.serve(client, server, own, fault ?? .cut)
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

    private static func serve(_ client: Int32, _ server: Int32, _ progress: Progress, _ fault: Fault) {
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, -1) > 0 || errno == EINTR else { return }
            if descriptors[1].revents != 0 {
                guard forward(.toClient, from: server, to: client, client, progress, fault) else { return }
            }
            if descriptors[0].revents != 0 {
                guard forward(.toServer, from: client, to: server, client, progress, fault) else { return }
            }
        }
    }

    /// Passes on what has come; false if that was the end of the connection.
    private static func forward(
        _ direction: Direction, from source: Int32, to sink: Int32, _ client: Int32, _ progress: Progress,
        _ fault: Fault
    ) -> Bool {
        guard let bytes = UnixListener.receive(from: source) else { return false }
        guard let place = progress.advance(direction, by: bytes.count) else {
            return UnixListener.send(bytes, to: sink)
        }
        guard UnixListener.send(bytes[..<place], to: sink) else { return false }
        switch fault {
        case .cut: return false
        case .delay(let duration): usleep(UInt32(duration / .microseconds(1)))
        case .insert(let extra):
            guard UnixListener.send(extra.raw, to: sink) else { return false }
        case .stall:
            waitUntilGone(client)
            return false
        }
        return UnixListener.send(bytes[place...], to: sink)
    }

    /// Until the other side closes the connection, without reading what it sends.
    private static func waitUntilGone(_ descriptor: Int32) {
        let hangUp = Int16(0x2000)  // POLLRDHUP, which Swift does not see
        var watched = pollfd(fd: descriptor, events: hangUp, revents: 0)
        while poll(&watched, 1, 30_000) < 0, errno == EINTR {}
    }
}
