import FoundationEssentials
import RedisClient

/// Tells a channel what was removed, batch by batch, each once it is gone.
///
/// What cannot be published is counted and ends nothing: the removal has happened.
final class RemovalPublisher {
    /// How many events nobody was told of, and the server's word on the first, if it gave one.
    private(set) var unpublished = 0
    private(set) var reason: String?

    private let connection: any RedisPipeline
    private let channel: [UInt8]
    private var pending: [[UInt8]] = []
    private var time = ""
    private var names: RemovalNames
    private let reply = Reply()

    init(_ connection: any RedisPipeline, channel: String, layout: Layout) {
        self.connection = connection
        names = RemovalNames(layout)
        self.channel = Array(channel.utf8)
    }

    // MARK: Events

    /// `reason` is why it was removed, or why the session went with which it did.
    func note(_ item: RemovalItem, _ reason: Removal.Reason) {
        guard item.kind != .ttl else { return }
        let value = item.kind == .entry ? item.member : item.value
        let (id, user) = names.find(item.kind, item.template, item.key, value)
        add(RemovalEvent(session: id, user: user, reason: reason, kind: item.kind))
    }

    private func add(_ event: RemovalEvent) {
        if pending.isEmpty { time = Date.now.formatted(.iso8601) }
        pending.append(event.message(at: time))
    }

    // MARK: Publishing

    /// Publishes what was noted since the last time; nothing else may be unanswered.
    func publish() {
        guard !pending.isEmpty else { return }
        defer { pending.removeAll(keepingCapacity: true) }
        // What was refused once will be refused again.
        guard unpublished == 0 else {
            unpublished += pending.count
            return
        }
        var told = 0
        do throws(RedisError) {
            for message in pending { try connection.append(.publish, CommandArguments([channel, message])) }
            for _ in pending where connection.unanswered > 0 {
                try connection.receiveAny(into: reply)
                if reply.kind(0) == .integer {
                    told += 1
                } else if reason == nil {
                    reason = reply.text(0)
                }
            }
        } catch {
            // A lost connection; the next command says so.
        }
        unpublished = pending.count - told
    }
}

/// Something that was removed, as subscribers are told of it.
struct RemovalEvent {
    var session: [UInt8]?
    var user: [UInt8]?
    var reason: Removal.Reason
    var kind: Removal.Kind

    /// A JSON object, written by hand as there may be millions; `time` needs no escapes.
    func message(at time: String) -> [UInt8] {
        var bytes = Array("{\"session\":".utf8)
        RemovalEvent.append(session, to: &bytes)
        bytes += ",\"user\":".utf8
        RemovalEvent.append(user, to: &bytes)
        bytes += ",\"reason\":\"\(reason)\",\"kind\":\"\(kind)\",\"time\":\"\(time)\"}".utf8
        return bytes
    }

    /// As ``BackupBytes`` has it: a string where they are UTF-8, else an object with their base64.
    private static func append(_ value: [UInt8]?, to bytes: inout [UInt8]) {
        guard let value else {
            bytes += "null".utf8
            return
        }
        guard String(validating: value, as: UTF8.self) != nil else {
            bytes += "{\"base64\":\"\(Data(value).base64EncodedString())\"}".utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in value {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = String(byte, radix: 16)
                bytes += "\\u00\(byte < 0x10 ? "0" : "")\(digits)".utf8
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
