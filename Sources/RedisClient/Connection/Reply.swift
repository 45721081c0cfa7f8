/// One reply of the server, flattened in the order in which it arrived; made to be used again and again.
///
/// An array's node is followed by the nodes of its elements, so a reply to `SCAN` is: array of 2, string (cursor),
/// array of n, n strings. Bytes handed out are valid until the reply is received into again or released.
public final class Reply {
    public enum Kind: UInt8, Sendable {
        case string, status, error, integer, null, array

        /// Whether a node of this kind has bytes, not a number.
        @inlinable var hasBytes: Bool { rawValue <= Kind.error.rawValue }
    }

    @usableFromInline
    struct Node {
        @usableFromInline var kind: Kind
        /// Offset into the bytes; the value of an integer; the number of elements of an array.
        @usableFromInline var value: Int
        /// Length in bytes of a string, status or error.
        @usableFromInline var length: Int
    }

    /// What changes, behind a pointer that never does, so that the compiler has no accesses to check in the loops over
    /// millions of elements.
    @usableFromInline
    struct State {
        @usableFromInline var nodes: UnsafeMutablePointer<Node>
        @usableFromInline var count = 0
        var nodeCapacity: Int
        @usableFromInline var bytes: UnsafeMutableRawPointer
        var used = 0
        var byteCapacity: Int
    }

    @usableFromInline let state: UnsafeMutablePointer<State>

    /// Kept from one reply to the next; what is larger is given back.
    private static let keptBytes = 1 << 20
    private static let keptNodes = keptBytes / MemoryLayout<Node>.stride

    public init() {
        let nodes = 1_024
        let bytes = 16 << 10
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                nodes: .allocate(capacity: nodes), nodeCapacity: nodes,
                bytes: .allocate(byteCount: bytes, alignment: 1), byteCapacity: bytes))
    }

    deinit {
        state.pointee.nodes.deallocate()
        state.pointee.bytes.deallocate()
        state.deallocate()
    }

    /// How many nodes there are, elements of arrays included.
    @inlinable public var count: Int { state.pointee.count }

    /// How many bytes its strings, statuses and errors have together.
    public var byteCount: Int { state.pointee.used }

    @inlinable
    public func kind(_ index: Int) -> Kind {
        node(index).kind
    }

    /// The value of an integer, or the number of elements of an array.
    @inlinable
    public func integer(_ index: Int) -> Int {
        node(index).value
    }

    /// The bytes of a string, status or error, none for another kind; see the type for how long they are valid.
    @inlinable
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let node = node(index)
        guard node.kind.hasBytes else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: state.pointee.bytes + node.value, count: node.length)
    }

    /// The text of a string, status or error, empty for another kind; bytes that are not UTF-8 are replaced.
    public func text(_ index: Int) -> String {
        String(decoding: bytes(index), as: UTF8.self)
    }

    @inlinable
    func node(_ index: Int) -> Node {
        precondition(index >= 0 && index < state.pointee.count)
        return state.pointee.nodes[index]
    }

    func clear() {
        state.pointee.count = 0
        state.pointee.used = 0
        if state.pointee.byteCapacity > Reply.keptBytes { resizeBytes(to: Reply.keptBytes) }
        if state.pointee.nodeCapacity > Reply.keptNodes { resizeNodes(to: Reply.keptNodes) }
    }

    func append(_ kind: Kind, value: Int) {
        append(Node(kind: kind, value: value, length: 0))
    }

    func append(_ kind: Kind, bytes source: UnsafeRawPointer, count: Int) {
        let used = state.pointee.used
        if used + count > state.pointee.byteCapacity {
            resizeBytes(to: max(used + count, state.pointee.byteCapacity * 2))
        }
        (state.pointee.bytes + used).copyMemory(from: source, byteCount: count)
        state.pointee.used = used + count
        append(Node(kind: kind, value: used, length: count))
    }

    func append(_ kind: Kind, copying source: UnsafeRawBufferPointer) {
        // An empty one may have no address.
        guard let start = source.baseAddress else {
            append(Node(kind: kind, value: state.pointee.used, length: 0))
            return
        }
        append(kind, bytes: start, count: source.count)
    }

    private func append(_ node: Node) {
        let count = state.pointee.count
        if count == state.pointee.nodeCapacity { resizeNodes(to: count * 2) }
        (state.pointee.nodes + count).initialize(to: node)
        state.pointee.count = count + 1
    }

    private func resizeNodes(to capacity: Int) {
        let larger = UnsafeMutablePointer<Node>.allocate(capacity: capacity)
        larger.moveInitialize(from: state.pointee.nodes, count: state.pointee.count)
        state.pointee.nodes.deallocate()
        state.pointee.nodes = larger
        state.pointee.nodeCapacity = capacity
    }

    private func resizeBytes(to capacity: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        larger.copyMemory(from: state.pointee.bytes, byteCount: state.pointee.used)
        state.pointee.bytes.deallocate()
        state.pointee.bytes = larger
        state.pointee.byteCapacity = capacity
    }
}
