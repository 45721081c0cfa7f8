/// One reply of the server, flattened in the order in which it arrived; made to be used again and again.
///
/// An array's node is followed by the nodes of its elements, so a reply to `SCAN` is: array of 2, string (cursor),
/// array of n, n strings. Bytes handed out are valid until the reply is received into again or released.
public final class Reply {
    public enum Kind: UInt8, Sendable {
        case string, status, error, integer, null, array
    }

    @usableFromInline
    struct Node {
        @usableFromInline var kind: Kind
        /// Offset into the bytes; the value of an integer; the number of elements of an array.
        @usableFromInline var value: Int
        /// Length in bytes of a string, status or error.
        @usableFromInline var length: Int
    }

    @usableFromInline private(set) var nodes: [Node] = []
    @usableFromInline private(set) var storage: UnsafeMutableRawPointer
    private var used = 0
    private var capacity: Int

    /// Kept from one reply to the next; what is larger is given back.
    private static let keptCapacity = 1 << 20

    public init() {
        capacity = 16 << 10
        storage = .allocate(byteCount: capacity, alignment: 1)
    }

    deinit {
        storage.deallocate()
    }

    /// How many nodes there are, elements of arrays included.
    @inlinable public var count: Int { nodes.count }

    @inlinable
    public func kind(_ index: Int) -> Kind {
        nodes[index].kind
    }

    /// The value of an integer, or the number of elements of an array.
    @inlinable
    public func integer(_ index: Int) -> Int {
        nodes[index].value
    }

    /// The bytes of a string, status or error; see the type for how long they are valid.
    @inlinable
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let node = nodes[index]
        return UnsafeRawBufferPointer(start: storage + node.value, count: node.length)
    }

    /// The text of a string, status or error; bytes that are not UTF-8 are replaced.
    public func text(_ index: Int) -> String {
        String(decoding: bytes(index), as: UTF8.self)
    }

    func clear() {
        nodes.removeAll(keepingCapacity: nodes.capacity * MemoryLayout<Node>.stride <= Reply.keptCapacity)
        used = 0
        if capacity > Reply.keptCapacity {
            grow(to: Reply.keptCapacity)
        }
    }

    func append(_ kind: Kind, value: Int) {
        nodes.append(Node(kind: kind, value: value, length: 0))
    }

    func append(_ kind: Kind, bytes source: UnsafeRawPointer, count: Int) {
        if used + count > capacity {
            grow(to: max(used + count, capacity * 2))
        }
        (storage + used).copyMemory(from: source, byteCount: count)
        nodes.append(Node(kind: kind, value: used, length: count))
        used += count
    }

    private func grow(to newCapacity: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 1)
        larger.copyMemory(from: storage, byteCount: used)
        storage.deallocate()
        storage = larger
        capacity = newCapacity
    }
}
