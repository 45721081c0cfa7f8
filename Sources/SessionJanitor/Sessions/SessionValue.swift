import Glibc
import RedisClient

/// Asks for what a layout reads of its sessions' values, and reads the answers.
final class ValueReader {
    let reading: SessionReader.Reading
    /// Nil where nothing is read of JSON objects.
    private let scanner: JSONScanner?
    private var arguments = CommandArguments()

    init(_ sources: [ValueSource]) {
        var fields: [String] = []
        for case .hash(let name) in sources where !fields.contains(name) { fields.append(name) }
        let paths = sources.compactMap { if case .json(let path) = $0 { path } else { nil } }
        scanner = paths.isEmpty ? nil : JSONScanner(paths)
        reading = !fields.isEmpty ? .fields(fields) : sources.allSatisfy(\.isScore) ? .nothing : .string
    }

    /// Sends the question about these sessions, or one about each where they are hashes.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        guard reading == .string else { return try ask(aboutEach: keys, on: connection) }
        if keys.count > 0 { try connection.append(.mget, keys) }
    }

    /// Sends a question about each of these sessions.
    func ask(aboutEach keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        switch reading {
        case .nothing: break
        case .string: try connection.append(.mget, toEach: keys, &arguments)
        case .fields(let fields): try connection.append(.hmget, toEach: keys, further: fields, &arguments)
        }
    }

    /// The question about one session.
    func question(about key: [UInt8]) -> (RedisCommand, CommandArguments) {
        var arguments = CommandArguments([key])
        guard case .fields(let fields) = reading else { return (.mget, arguments) }
        for field in fields { arguments.append(field) }
        return (.hmget, arguments)
    }

    /// What the answer about one session holds; nil if it is gone or cannot be read.
    func content(in reply: Reply) throws(RedisError) -> SessionContent? {
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: .hmget)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return nil
        }
        var fields: [String]?
        if case .fields(let names) = reading { fields = names }
        guard reply.kind(0) == .array, reply.count == (fields?.count ?? 1) + 1 else {
            throw .unexpectedReply(command: fields == nil ? .mget : .hmget, expected: "the values of one session")
        }
        guard let fields else { return reply.kind(1) == .string ? content(of: reply.bytes(1)) : nil }
        var values: [String: UnsafeRawBufferPointer] = [:]
        for (index, field) in fields.enumerated() where reply.kind(index + 1) == .string {
            values[field] = reply.bytes(index + 1)
        }
        return SessionContent(fields: values)
    }

    /// What a session's string holds; nil if it should be a JSON object and is none.
    func content(of value: UnsafeRawBufferPointer) -> SessionContent? {
        scanner.map { SessionContent(json: value, $0) } ?? SessionContent(text: value)
    }
}

extension RedisPipeline {
    /// Sends a command about each of these keys; `arguments` are kept for the next time.
    func append(
        _ command: RedisCommand, toEach keys: CommandArguments, further: [String] = [],
        _ arguments: inout CommandArguments
    ) throws(RedisError) {
        for index in 0..<keys.count {
            arguments.removeAll()
            keys.withArgument(index) { arguments.append($0) }
            for word in further { arguments.append(word) }
            try append(command, arguments)
        }
    }
}

/// What was read of a session: its value, or the fields of its hash that a layout asks for.
struct SessionContent {
    private enum Form {
        case nothing
        case text(UnsafeRawBufferPointer)
        case json(UnsafeRawBufferPointer, JSONScanner)
        case fields([String: UnsafeRawBufferPointer])
    }

    private let form: Form

    /// Of a session whose value is not read.
    static var unread: SessionContent { SessionContent(form: .nothing) }

    private init(form: Form) {
        self.form = form
    }

    init(fields: [String: UnsafeRawBufferPointer]) {
        form = .fields(fields)
    }

    init(text: UnsafeRawBufferPointer) {
        form = .text(text)
    }

    /// Nil if the value is no JSON object. What is asked for has to be among what the scanner looks for.
    init?(json: UnsafeRawBufferPointer, _ scanner: JSONScanner) {
        guard scanner.scan(json) else { return nil }
        form = .json(json, scanner)
    }

    /// The bytes that stand there, or a JSON number as text.
    func bytes(_ source: ValueSource) -> [UInt8]? {
        guard case .json(_, let scanner) = form, case .json(let path) = source, case .number(let number) = scanner[path]
        else { return text(source) }
        let isWhole = number == number.rounded() && abs(number) < 1e15
        return Array((isWhole ? String(Int(clamping: number)) : String(number)).utf8)
    }

    /// The bytes that stand there; nil for a JSON number, which is no token.
    func text(_ source: ValueSource) -> [UInt8]? {
        switch (form, source) {
        case (.text(let text), .value): return Array(text)
        case (.fields(let fields), .hash(let name)): return fields[name].map { Array($0) }
        case (.json(let value, let scanner), .json(let path)):
            guard case .text(let range, let hasEscapes) = scanner[path] else { return nil }
            return hasEscapes ? JSONScanner.unescaped(value[range]) : Array(value[range])
        default: return nil
        }
    }

    // MARK: Dates

    /// What stands for these dates; `score` tells the seconds of one that is a score.
    func dates(_ fields: [DateField], score: (DateField) -> Double? = { _ in nil }) -> SessionDates {
        var dates = SessionDates()
        // A name that stands twice is no evidence: readers differ in which they take.
        if case .json(_, let scanner) = form, scanner.hasRepetition { return dates }
        for field in fields { dates.note(field.clock, field.source.isScore ? score(field) : date(field)) }
        return dates
    }

    /// In epoch seconds.
    func date(_ field: DateField) -> Double? {
        guard var base = number(field.source, field.format) else { return nil }
        if field.format == .milliseconds || field.format == .java { base /= 1_000 }
        // What never began has no end either.
        guard let addend = field.addend, base > 0 else { return base }
        // A life that is negative has no end.
        guard let seconds = number(addend, field.format == .java ? .java : .seconds), seconds >= 0 else { return nil }
        return base + seconds
    }

    private func number(_ source: ValueSource, _ format: DateField.Format) -> Double? {
        switch (form, source) {
        case (.fields(let fields), .hash(let name)): return fields[name].flatMap { DateText.read($0, format) }
        case (.json(_, let scanner), .json(let path)):
            if case .number(let number) = scanner[path] { return format == .iso ? nil : number }
            return format == .iso ? text(source)?.withUnsafeBytes(DateText.iso) : nil
        default: return nil
        }
    }
}

/// Reads dates as stores write them; nil stands for what is no date, never for 0.
enum DateText {
    static func read(_ bytes: UnsafeRawBufferPointer, _ format: DateField.Format) -> Double? {
        switch format {
        case .seconds, .milliseconds: number(bytes)
        case .iso: iso(bytes)
        case .java: java(bytes)
        }
    }

    /// A number, as an application's language writes it.
    static func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }), !bytes.isEmpty, bytes.count <= 40,
            let number = Double(String(decoding: bytes, as: UTF8.self)), number.isFinite
        else { return nil }
        return number
    }

    /// A `java.lang.Long` or `java.lang.Integer` in Java's serialisation: their last bytes are the value.
    static func java(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.count == 82 || bytes.count == 81, bytes.starts(with: [0xac, 0xed, 0x00, 0x05]) else {
            return number(bytes)
        }
        let width = bytes.count == 82 ? 8 : 4
        let value = bytes.suffix(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return width == 8 ? Double(Int64(bitPattern: value)) : Double(Int32(truncatingIfNeeded: value))
    }

    /// `2025-06-16T10:30:00Z`, with a fraction or another zone if there is one; a time without a zone is none.
    static func iso(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var reader = ISOReader(rest: bytes[...])
        return reader.read()
    }
}

private struct ISOReader {
    var rest: Slice<UnsafeRawBufferPointer>

    mutating func read() -> Double? {
        guard let year = number(4, in: 0...9_999), take("-"), let month = number(2, in: 1...12), take("-"),
            let day = number(2, in: 1...31), take("T") || take(" "), let hour = number(2, in: 0...23), take(":"),
            let minute = number(2, in: 0...59), take(":"), let second = number(2, in: 0...60)
        else { return nil }
        var fraction = 0.0
        if take(".") {
            var scale = 0.1
            guard rest.first.map({ (0x30...0x39).contains($0) }) == true else { return nil }
            while let digit = number(1, in: 0...9) {
                fraction += Double(digit) * scale
                scale /= 10
            }
        }
        var offset: Int32 = 0
        if !take("Z") {
            let sign: Int32 = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2, in: 0...99) else { return nil }
            _ = take(":")
            guard let minutes = number(2, in: 0...99) else { return nil }
            offset = sign * (hours * 3_600 + minutes * 60)
        }
        guard rest.isEmpty else { return nil }
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1_900, month - 1, day)
        (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second - offset)
        return Double(timegm(&time)) + fraction
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func number(_ digits: Int, in range: ClosedRange<Int32>) -> Int32? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest.removeFirst(digits)
        let value = text.reduce(Int32(0)) { $0 * 10 + Int32($1 - 0x30) }
        return range.contains(value) ? value : nil
    }
}
