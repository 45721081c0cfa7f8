import RedisClient

/// What was read of a session: its value, or the fields of its hash that a layout asks for.
struct SessionContent {
    private enum Form {
        case nothing
        case text(UnsafeRawBufferPointer)
        case json(UnsafeRawBufferPointer, JSONTree)
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

    /// Of a string that should hold a JSON object; nil if it does not.
    init?(json: UnsafeRawBufferPointer) {
        guard let tree = JSONTree.object(json) else { return nil }
        form = .json(json, tree)
    }

    /// The bytes that stand there, a JSON string's text included.
    func bytes(_ source: ValueSource) -> [UInt8]? {
        switch (form, source) {
        case (.text(let text), .value): return Array(text)
        case (.fields(let fields), .hash(let name)): return fields[name].map { Array($0) }
        case (.json(let value, let tree), .json(let path)):
            guard !isAmbiguous(value, path), let found = tree[path] else { return nil }
            switch found {
            case .text(let text): return Array(text.utf8)
            case .number(let number):
                return Array(
                    (number == number.rounded() && abs(number) < 1e15 ? String(Int(clamping: number)) : String(number))
                        .utf8)
            default: return nil
            }
        default: return nil
        }
    }

    /// The text of a JSON string; nil for a number, which is no token.
    func text(_ source: ValueSource) -> [UInt8]? {
        guard case .json(let value, let tree) = form, case .json(let path) = source, !isAmbiguous(value, path),
            case .text(let text) = tree[path]
        else { return nil }
        return Array(text.utf8)
    }

    func date(_ field: DateField) -> Double? {
        guard let base = number(field.source, field.format) else { return nil }
        guard let addend = field.addend else { return base }
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
        case (.json(let value, let tree), .json(let path)):
            guard !isAmbiguous(value, path) else { return nil }
            switch tree[path] {
            case .number(let number) where format != .iso: return number
            case .text(let text) where format == .iso: return Array(text.utf8).withUnsafeBytes(read)
            default: return nil
            }
        default: return nil
        }
    }

    /// A name that stands twice is read differently by different libraries, so it is no evidence.
    private func isAmbiguous(_ value: UnsafeRawBufferPointer, _ path: [String]) -> Bool {
        ObjectOutline(value).repeats(path[0])
    }
}
