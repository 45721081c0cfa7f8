import RedisClient

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

    /// Of a hash.
    init(fields: [String: UnsafeRawBufferPointer]) {
        form = .fields(fields)
    }

    /// Of a string, whatever is in it.
    init(text: UnsafeRawBufferPointer) {
        form = .text(text)
    }

    /// Of a string that should hold a JSON object; nil if it does not. What is asked for has to be among what the scanner
    /// looks for.
    init?(json: UnsafeRawBufferPointer, _ scanner: JSONScanner) {
        guard scanner.scan(json) else { return nil }
        form = .json(json, scanner)
    }

    /// Whether a name that is looked for stands twice: readers differ in which they take, so it is no evidence.
    var isAmbiguous: Bool {
        if case .json(_, let scanner) = form { scanner.hasRepetition } else { false }
    }

    /// The bytes that stand there, a JSON string's text included.
    func bytes(_ source: ValueSource) -> [UInt8]? {
        switch (form, source) {
        case (.text(let text), .value): return Array(text)
        case (.fields(let fields), .hash(let name)): return fields[name].map { Array($0) }
        case (.json(_, let scanner), .json(let path)):
            guard case .number(let number) = scanner[path] else { return text(source) }
            let isWhole = number == number.rounded() && abs(number) < 1e15
            return Array((isWhole ? String(Int(clamping: number)) : String(number)).utf8)
        default: return nil
        }
    }

    /// The text of a JSON string; nil for a number, which is no token.
    func text(_ source: ValueSource) -> [UInt8]? {
        guard case .json(let value, let scanner) = form, case .json(let path) = source,
            case .text(let range, let hasEscapes) = scanner[path]
        else { return nil }
        return hasEscapes ? JSONReader.unescaped(value[range]) : Array(value[range])
    }

    func date(_ field: DateField) -> Double? {
        guard let base = number(field.source, field.format) else { return nil }
        // What never began has no end either.
        guard let addend = field.addend, base > 0 else { return base }
        // A life that is negative has no end.
        let format: DateField.Format = field.format == .java ? .java : .seconds
        guard let seconds = raw(addend, format), seconds >= 0 else { return nil }
        return base + seconds
    }

    /// In epoch seconds.
    private func number(_ source: ValueSource, _ format: DateField.Format) -> Double? {
        let scale = format == .milliseconds || format == .java ? 1_000.0 : 1
        return raw(source, format).map { $0 / scale }
    }

    private func raw(_ source: ValueSource, _ format: DateField.Format) -> Double? {
        func read(_ bytes: UnsafeRawBufferPointer) -> Double? {
            switch format {
            case .seconds, .milliseconds: DateText.number(bytes)
            case .iso: DateText.iso(bytes)
            case .java: DateText.java(bytes)
            }
        }
        switch (form, source) {
        case (.fields(let fields), .hash(let name)): return fields[name].flatMap(read)
        case (.json(_, let scanner), .json(let path)):
            if case .number(let number) = scanner[path] { return format == .iso ? nil : number }
            return format == .iso ? text(source)?.withUnsafeBytes(read) : nil
        default: return nil
        }
    }
}
