import Glibc

/// A set of session ids, kept as hashes of 62 bits with two flags each: 9 to 15 bytes an id.
///
/// The hash is Swift's own, seeded anew for every process. Two ids with the same hash are taken for one: that can hide
/// an orphaned entry from this run, never make a live one look orphaned. The table is cut into shards that grow one
/// at a time, so that growing never needs much memory at once.
public final class IdentifierSet {
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// An index key lists this id.
        public static let listed = Flags(rawValue: 1)
        /// The session was judged expired.
        public static let expired = Flags(rawValue: 2)
    }

    private struct Shard {
        var slots: UnsafeMutablePointer<UInt64>
        var capacity: Int
        var count = 0
    }

    private static let shardBits: UInt64 = 8
    private static let flagMask: UInt64 = 3
    private static let shardCount = 1 << Int(shardBits)
    /// One for each shard where several threads share the set; nil otherwise, so that one thread alone takes no lock. Of
    /// the system's own kind, which the thread sanitizer understands.
    private let locks: UnsafeMutablePointer<pthread_mutex_t>?
    /// Behind a pointer that never changes, so that the compiler has no accesses to check in the loops over millions.
    private let shards: UnsafeMutablePointer<Shard>

    /// How many ids there are.
    public var count: Int { (0..<IdentifierSet.shardCount).reduce(0) { $0 + shards[$1].count } }

    /// `isShared` says that several threads are going to insert and mark at once.
    public init(isShared: Bool = false) {
        if isShared {
            let locks = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: IdentifierSet.shardCount)
            for index in 0..<IdentifierSet.shardCount {
                (locks + index).initialize(to: pthread_mutex_t())
                pthread_mutex_init(locks + index, nil)
            }
            self.locks = locks
        } else {
            locks = nil
        }
        shards = .allocate(capacity: IdentifierSet.shardCount)
        for index in 0..<IdentifierSet.shardCount {
            (shards + index).initialize(to: Shard(slots: IdentifierSet.emptySlots(16), capacity: 16))
        }
    }

    deinit {
        for index in 0..<IdentifierSet.shardCount { shards[index].slots.deallocate() }
        shards.deallocate()
        guard let locks else { return }
        for index in 0..<IdentifierSet.shardCount { pthread_mutex_destroy(locks + index) }
        locks.deallocate()
    }

    /// The hash of an id, to be handed to the other functions; valid in this process only.
    @inline(__always)
    public static func hash(_ identifier: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: identifier)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Adds an id; false if it was there.
    public func insert(_ hash: UInt64) -> Bool {
        let index = Int(hash >> (64 - IdentifierSet.shardBits))
        guard let locks else { return insert(hash, index) }
        pthread_mutex_lock(locks + index)
        defer { pthread_mutex_unlock(locks + index) }
        return insert(hash, index)
    }

    @inline(__always)
    private func insert(_ hash: UInt64, _ index: Int) -> Bool {
        if shards[index].count * 5 >= shards[index].capacity * 4 { growShard(index) }
        let slot = find(hash, in: shards[index])
        guard shards[index].slots[slot] == 0 else { return false }
        shards[index].slots[slot] = IdentifierSet.entry(hash)
        shards[index].count += 1
        return true
    }

    /// Sets a flag of an id; returns the flags it had before, or nil if the id is not in the set.
    @discardableResult
    public func mark(_ hash: UInt64, _ flag: Flags) -> Flags? {
        let index = Int(hash >> (64 - IdentifierSet.shardBits))
        guard let locks else { return mark(hash, flag, index) }
        pthread_mutex_lock(locks + index)
        defer { pthread_mutex_unlock(locks + index) }
        return mark(hash, flag, index)
    }

    @inline(__always)
    private func mark(_ hash: UInt64, _ flag: Flags, _ index: Int) -> Flags? {
        let shard = shards[index]
        let slot = find(hash, in: shard)
        let entry = shard.slots[slot]
        guard entry != 0 else { return nil }
        shard.slots[slot] = entry | flag.rawValue
        return Flags(rawValue: entry & IdentifierSet.flagMask)
    }

    /// The flags of an id; nil if it is not in the set. Only once no thread inserts any more.
    public func flags(of hash: UInt64) -> Flags? {
        let shard = shards[Int(hash >> (64 - IdentifierSet.shardBits))]
        let entry = shard.slots[find(hash, in: shard)]
        return entry == 0 ? nil : Flags(rawValue: entry & IdentifierSet.flagMask)
    }

    public func contains(_ hash: UInt64) -> Bool {
        flags(of: hash) != nil
    }

    /// Brings the places of these ids into the processor's cache.
    ///
    /// Finding an id costs a cache miss. Many misses overlap when nothing depends on their outcome, and that makes the
    /// difference between a client that keeps up with the server and one that does not.
    func warm(_ hashes: [UInt64]) {
        // Another thread may be growing a shard; the other nodes' replies are what overlaps then.
        guard locks == nil else { return }
        var touched: UInt64 = 0
        for hash in hashes {
            let shard = shards[Int(hash >> (64 - IdentifierSet.shardBits))]
            touched ^= shard.slots[home(hash, in: shard)]
        }
        warmed = touched
    }

    /// Has no meaning; keeps the loads above from being optimised away.
    private var warmed: UInt64 = 0

    /// The bits that are kept; never zero, which means an empty slot.
    private static func entry(_ hash: UInt64) -> UInt64 {
        let bits = hash & ~flagMask
        return bits == 0 ? 4 : bits
    }

    /// Where the search for an id begins. The shard is chosen by the top bits, the slot by the ones below them.
    @inline(__always)
    private func home(_ hash: UInt64, in shard: Shard) -> Int {
        let high = (hash << IdentifierSet.shardBits) >> 32
        return Int((high &* UInt64(truncatingIfNeeded: shard.capacity)) >> 32)
    }

    /// The slot that holds the id, or the empty one where it would go.
    private func find(_ hash: UInt64, in shard: Shard) -> Int {
        let entry = IdentifierSet.entry(hash)
        var slot = home(hash, in: shard)
        while true {
            let found = shard.slots[slot]
            if found == 0 || found & ~IdentifierSet.flagMask == entry { return slot }
            slot += 1
            if slot == shard.capacity { slot = 0 }
        }
    }

    private func growShard(_ index: Int) {
        let old = shards[index]
        let capacity = old.capacity + old.capacity / 2
        let new = Shard(slots: IdentifierSet.emptySlots(capacity), capacity: capacity, count: old.count)
        for slot in 0..<old.capacity where old.slots[slot] != 0 {
            // An entry keeps every bit of its hash that finding its place needs.
            let entry = old.slots[slot]
            new.slots[find(entry & ~IdentifierSet.flagMask, in: new)] = entry
        }
        old.slots.deallocate()
        shards[index] = new
    }

    private static func emptySlots(_ capacity: Int) -> UnsafeMutablePointer<UInt64> {
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        return slots
    }
}
