/// What the server says of itself in `INFO replication`.
public struct ReplicationInfo: Equatable, Sendable {
    /// One of a primary's replicas.
    public struct Replica: Equatable, Sendable {
        public var address: NodeAddress
        public var isOnline: Bool
        /// Seconds since its last word; nil where it is not said.
        public var lag: Int?
    }

    /// `master` or `slave`.
    public var role: String?
    /// Two servers with the same one hold the same history.
    public var history: String?
    /// How much of the history it has sent out.
    public var offset: Int?
    /// Of a replica: how much of the history it has taken in.
    public var replicaOffset: Int?
    /// Of a replica: whether its link to the primary is up.
    public var isLinkUp = false
    /// Of a replica: how long ago the primary was heard of last, in seconds.
    public var secondsSinceLastWord: Int?
    /// Of a replica: whether it is just being filled.
    public var isSynchronising = false
    /// Of a primary.
    public var replicas: [Replica] = []

    init(reply text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...]
            switch line[..<colon] {
            case "role": role = String(value)
            case "master_replid": history = String(value)
            case "master_repl_offset": offset = Int(value)
            case "slave_repl_offset": replicaOffset = Int(value)
            case "master_link_status": isLinkUp = value == "up"
            case "master_last_io_seconds_ago": secondsSinceLastWord = Int(value)
            case "master_sync_in_progress": isSynchronising = value != "0"
            case let name where name.hasPrefix("slave") && name.dropFirst(5).allSatisfy(\.isNumber):
                if let replica = ReplicationInfo.replica(value) { replicas.append(replica) }
            default: break
            }
        }
    }

    /// `ip=10.0.0.2,port=6379,state=online,offset=14,lag=0`
    private static func replica(_ text: Substring) -> Replica? {
        var fields: [Substring: Substring] = [:]
        for field in text.split(separator: ",") {
            guard let mark = field.firstIndex(of: "=") else { continue }
            fields[field[..<mark]] = field[field.index(after: mark)...]
        }
        guard let host = fields["ip"], let port = fields["port"].flatMap({ Int($0) }) else { return nil }
        return Replica(
            address: NodeAddress(host: String(host), port: port), isOnline: fields["state"] == "online",
            lag: fields["lag"].flatMap { Int($0) })
    }

    public static func read(_ connection: any RedisPipeline) throws(RedisError) -> ReplicationInfo {
        let reply = try connection.call(.info, CommandArguments([Array("replication".utf8)]))
        guard reply.kind(0) == .string else { throw .unexpectedReply(command: .info, expected: "a text") }
        return ReplicationInfo(reply: reply.text(0))
    }
}
