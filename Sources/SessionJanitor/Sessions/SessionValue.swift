import Glibc
import RedisClient

/// What is read of sessions' values.
struct Reading: Equatable {
    /// Whether they may be strings, which are read whole.
    var takesStrings = false
    /// What is read of those that are hashes; empty where none may be.
    var fields: [String] = []

    static let nothing = Reading()
    static let string = Reading(takesStrings: true)
}

/// Asks for what a layout reads of its sessions' values, and reads the answers.
final class ValueReader {
    let reading: Reading
    /// Whether one of the dates names no zone.
    private(set) var takesDatesForUTC = false
    /// Nil where nothing is read of JSON objects.
    private let scanner: JSONScanner?
    private var arguments = CommandArguments()

    init(_ sources: [ValueSource]) {
        var reading = Reading.nothing
        for source in sources {
            if source.sessionTypes?.contains("string") == true { reading.takesStrings = true }
            if let field = source.hashField, !reading.fields.contains(field) { reading.fields.append(field) }
        }
        self.reading = reading
        let paths = sources.compactMap(\.path)
        scanner = paths.isEmpty ? nil : JSONScanner(paths)
    }

    /// What is asked about each session, and what beside its key. The type of a session shows in the answers.
    var questions: [(command: RedisCommand, further: [String])] {
        (reading.takesStrings ? [(.mget, [])] : []) + (reading.fields.isEmpty ? [] : [(.hmget, reading.fields)])
    }

    /// Sends the questions about these sessions: one about all of them for strings, and one about each for hashes.
    func ask(about keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        if reading.takesStrings, keys.count > 0 { try connection.append(.mget, keys) }
        guard !reading.fields.isEmpty else { return }
        try connection.append(.hmget, toEach: keys, further: reading.fields, &arguments)
    }

    /// Sends all questions about one of these sessions after those about another.
    func ask(aboutEach keys: CommandArguments, on connection: any RedisPipeline) throws(RedisError) {
        for place in 0..<keys.count {
            var key = CommandArguments()
            keys.withArgument(place) { key.append($0) }
            for (command, further) in questions {
                try connection.append(command, toEach: key, further: further, &arguments)
            }
        }
    }

    /// What an answer about one session holds; nil if it is gone, of another type, or cannot be read.
    func content(in reply: Reply, to command: RedisCommand) throws(RedisError) -> SessionContent? {
        if reply.kind(0) == .error {
            let error = RedisError(reply: reply.text(0), to: command)
            guard error.serverCode == "WRONGTYPE" else { throw error }
            return nil
        }
        let isHash = command == .hmget
        guard reply.kind(0) == .array, reply.count == (isHash ? reading.fields.count : 1) + 1 else {
            throw .unexpectedReply(command: command, expected: "the values of one session")
        }
        guard isHash else { return reply.kind(1) == .string ? content(of: reply.bytes(1)) : nil }
        var values: [String: UnsafeRawBufferPointer] = [:]
        for (index, field) in reading.fields.enumerated() where reply.kind(index + 1) == .string {
            values[field] = reply.bytes(index + 1)
        }
        return SessionContent(fields: values)
    }

    /// What a session's string holds; nil if it should be a JSON object and is none.
    func content(of value: UnsafeRawBufferPointer) -> SessionContent? {
        scanner.map { SessionContent(json: value, $0) } ?? SessionContent(text: value)
    }

    /// What stands for these dates in a session; `score` tells the seconds of one that is a score.
    func dates(
        of content: SessionContent?, _ fields: [DateField], score: (DateField) -> Double? = { _ in nil }
    ) -> SessionDates? {
        let dates = content?.dates(fields, score: score)
        if dates?.isTakenForUTC == true { takesDatesForUTC = true }
        return dates
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
        guard case .json(_, let scanner) = form, let path = source.path, case .number(let number) = scanner[path]
        else { return text(source) }
        let isWhole = number == number.rounded() && abs(number) < 1e15
        return Array((isWhole ? String(Int(clamping: number)) : String(number)).utf8)
    }

    /// The bytes that stand there; nil for a JSON number, which is no token.
    func text(_ source: ValueSource) -> [UInt8]? {
        switch form {
        case .text(let text): return source == .value ? Array(text) : nil
        case .fields(let fields): return source.hashField.flatMap { fields[$0] }.map { Array($0) }
        case .json(let value, let scanner):
            guard let path = source.path, case .text(let range, let hasEscapes) = scanner[path] else { return nil }
            return hasEscapes ? JSONScanner.unescaped(value[range]) : Array(value[range])
        case .nothing: return nil
        }
    }

    // MARK: Dates

    /// What stands for these dates; `score` tells the seconds of one that is a score.
    func dates(_ fields: [DateField], score: (DateField) -> Double? = { _ in nil }) -> SessionDates {
        var dates = SessionDates()
        // A name that stands twice is no evidence: readers differ in which they take.
        if case .json(_, let scanner) = form, scanner.hasRepetition { return dates }
        for field in fields {
            var isTakenForUTC = false
            dates.note(field.clock, field.source.isScore ? score(field) : date(field, &isTakenForUTC))
            if isTakenForUTC { dates.isTakenForUTC = true }
        }
        return dates
    }

    /// In epoch seconds; notes whether it names no zone.
    func date(_ field: DateField, _ isTakenForUTC: inout Bool) -> Double? {
        guard let base = number(field.source, field.format, &isTakenForUTC) else { return nil }
        // What never began has no end either.
        guard let addend = field.addend, base > 0 else { return base }
        // A life that is negative has no end.
        let format = field.format == .java ? DateField.Format.java : .seconds
        guard let seconds = number(addend, format, &isTakenForUTC, isLength: true), seconds >= 0 else { return nil }
        return base + seconds
    }

    private func number(
        _ source: ValueSource, _ format: DateField.Format, _ isTakenForUTC: inout Bool, isLength: Bool = false
    ) -> Double? {
        let number: Double?
        switch form {
        case .fields(let fields):
            number = source.hashField.flatMap { fields[$0] }.flatMap { DateText.read($0, format, &isTakenForUTC) }
        case .json(_, let scanner):
            if let path = source.path, case .number(let found) = scanner[path] {
                number = format == .iso ? nil : found
            } else if format == .iso || format == .number {
                number = text(source)?.withUnsafeBytes { DateText.read($0, format, &isTakenForUTC) }
            } else {
                // Where the layout names the unit, it means a number.
                number = nil
            }
        case .text, .nothing: number = nil
        }
        return isLength ? number : number.map { DateText.seconds($0, format) }
    }
}

/// Reads dates as stores write them; nil stands for what is no date, never for 0.
enum DateText {
    /// In the unit of the format; notes whether a time names no zone.
    static func read(
        _ bytes: UnsafeRawBufferPointer, _ format: DateField.Format, _ isTakenForUTC: inout Bool
    ) -> Double? {
        switch format {
        case .number, .seconds, .milliseconds: return number(bytes)
        case .java: return java(bytes)
        case .iso:
            let time = iso(bytes)
            if time != nil, !bytes.dropFirst("2025-06-16".utf8.count).contains(where: { "Z+-".utf8.contains($0) }) {
                isTakenForUTC = true
            }
            return time
        }
    }

    /// What a number in this format comes to. In the years from 2000 to 2200 milliseconds are more than any seconds are.
    static func seconds(_ number: Double, _ format: DateField.Format) -> Double {
        switch format {
        case .seconds, .iso: number
        case .milliseconds, .java: number / 1_000
        case .number: number < 100_000_000_000 ? number : number / 1_000
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

    /// `2025-06-16T10:30:00Z`, with a fraction or another zone if there is one.
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
        if !take("Z"), !rest.isEmpty {
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
