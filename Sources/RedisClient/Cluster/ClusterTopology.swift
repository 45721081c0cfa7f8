/// Which node of a cluster has which slots, as one of its nodes sees it.
public struct ClusterTopology: Equatable, Sendable {
    /// One node with its name, which stays the same when its address changes.
    public struct Node: Equatable, Sendable {
        public var identifier: String
        public var address: NodeAddress
    }

    /// A primary, the slots it has, and its replicas.
    public struct Shard: Equatable, Sendable {
        public var primary: Node
        public var slots: [ClosedRange<Int>]
        public var replicas: [Node]
    }

    /// The primaries that have slots, in the order of their first slot.
    public let shards: [Shard]
    /// For each slot the place of its shard; -1 where no node has it.
    private let owners: [Int32]

    public init(shards: [Shard]) {
        let withSlots = shards.filter { !$0.slots.isEmpty }
        let sorted = withSlots.sorted {
            ($0.slots.map(\.lowerBound).min() ?? 0) < ($1.slots.map(\.lowerBound).min() ?? 0)
        }
        var owners = [Int32](repeating: -1, count: HashSlot.count)
        for (place, shard) in sorted.enumerated() {
            for range in shard.slots { for slot in range { owners[slot] = Int32(place) } }
        }
        self.shards = sorted
        self.owners = owners
    }

    /// The shard that has this slot; nil if none has.
    public func shard(ofSlot slot: Int) -> Shard? {
        owners[slot] < 0 ? nil : shards[Int(owners[slot])]
    }

    /// How many slots no node has.
    public var uncoveredSlots: Int { owners.reduce(0) { $0 + ($1 < 0 ? 1 : 0) } }

    /// The slots that another primary has now than in `former`.
    public func slotsMoved(since former: ClusterTopology) -> [Int] {
        (0..<HashSlot.count).filter {
            shard(ofSlot: $0)?.primary.identifier != former.shard(ofSlot: $0)?.primary.identifier
        }
    }

    /// Every node, primaries first.
    public var addresses: [NodeAddress] {
        shards.map(\.primary.address) + shards.flatMap { $0.replicas.map(\.address) }
    }
}

/// Where a node of a cluster listens.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension NodeAddress {
    /// Reads `host:port` as it stands in MOVED and ASK; an empty host means the one that answered.
    init?(_ text: Substring, answeredBy node: NodeAddress) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(digits: String(text[text.index(after: colon)...]))
        else { return nil }
        let host = String(text[..<colon])
        self.init(host: NodeAddress.isKnown(host) ? host : node.host, port: port)
    }

    /// Whether a node knows this name of a node: Redis writes an unknown one as nothing or as `?`.
    static func isKnown(_ host: String) -> Bool {
        !host.isEmpty && host != "?"
    }
}

extension Endpoint {
    /// The same server's other node: who we are and how we speak stay, only the address is another.
    public func node(_ address: NodeAddress) -> Endpoint {
        var copy = self
        copy.address = .tcp(host: address.host, port: address.port)
        return copy
    }
}

/// Which of a cluster's slots a key belongs to.
public enum HashSlot {
    /// How many slots there are.
    public static let count = 16_384

    /// CRC16 (XMODEM) of the key, or of its hash tag: what is between its first `{` and the next `}`, if anything is.
    public static func of(_ key: UnsafeRawBufferPointer) -> Int {
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
        guard let start = key.firstIndex(of: open), let end = key[(start + 1)...].firstIndex(of: close),
            end > start + 1
        else { return slot(key[...]) }
        return slot(key[(start + 1)..<end])
    }

    public static func of(_ key: [UInt8]) -> Int {
        key.withUnsafeBytes { of($0) }
    }

    private static func slot(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        var sum: UInt16 = 0
        for byte in bytes { sum = sum << 8 ^ table[Int(sum >> 8 ^ UInt16(byte))] }
        return Int(sum) % count
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { sum, _ in sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
    }
}
