/// The arguments of one command, as bytes; made to be filled again and again.
public struct CommandArguments {
    private(set) var bytes: [UInt8] = []
    /// Where each argument ends in ``bytes``.
    private(set) var ends: [Int] = []

    public init() {}

    public init(_ arguments: [some Collection<UInt8>]) {
        for argument in arguments { append(argument) }
    }

    public var count: Int { ends.count }
    /// Whether the last one is a deadline, which the connection fills in.
    private(set) var endsWithDeadline = false

    /// Hands out the bytes of one argument.
    public func withArgument<Result, Failure: Error>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = index == 0 ? 0 : ends[index - 1]
        return try bytes.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[start..<ends[index]])))
        }
    }

    /// Some of them, in a row.
    public subscript(places: Range<Int>) -> CommandArguments {
        var arguments = CommandArguments()
        for place in places { withArgument(place) { arguments.append($0) } }
        return arguments
    }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        endsWithDeadline = false
    }

    /// Appends, as the last argument, the moment at which we shall have given up waiting for the answer: in epoch microseconds
    /// by the clock of whichever server gets the command. A server whose clock is not known is told 0.
    public mutating func appendDeadline() {
        append(repeatElement(UInt8(ascii: "0"), count: NodeClock.digits))
        endsWithDeadline = true
    }

    public mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument)
        ends.append(bytes.count)
    }

    public mutating func append(_ argument: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: argument)
        ends.append(bytes.count)
    }

    /// Appends one argument made of three pieces, without joining them first.
    public mutating func append(_ head: [UInt8], _ middle: UnsafeRawBufferPointer, _ tail: [UInt8]) {
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: middle)
        bytes.append(contentsOf: tail)
        ends.append(bytes.count)
    }

    /// Appends one argument made of literal pieces and the values between them, each asked for by its number.
    public mutating func append(joining literals: [[UInt8]], _ value: (_ number: Int) -> UnsafeRawBufferPointer) {
        bytes.append(contentsOf: literals[0])
        for number in 1..<literals.count {
            bytes.append(contentsOf: value(number - 1))
            bytes.append(contentsOf: literals[number])
        }
        ends.append(bytes.count)
    }

    public mutating func append(contentsOf other: CommandArguments) {
        let start = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { start + $0 })
    }

    public mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    public mutating func append(_ number: Int) {
        append(String(number))
    }
}
