import RedisClient

/// One thing to say, in every language.
struct Message: Equatable, Sendable {
    /// A short word for scripts; errors alone have one.
    var code = ""
    let english: String
    let chinese: String

    init(_ english: Words, zh chinese: Words) {
        self.english = english.english
        self.chinese = chinese.chinese
    }

    /// Nothing unless the condition holds.
    init(if condition: Bool, _ english: Words, zh chinese: Words) {
        self.init(condition ? english : "", zh: condition ? chinese : "")
    }

    /// What is the same in every language.
    init(_ words: Words) {
        self.init(words, zh: words)
    }

    subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .chinese: chinese
        }
    }

    /// With a capital letter at its beginning, unless that is a URL or an option.
    var capitalized: Message {
        let isWord = english.prefix { $0 != " " }.allSatisfy { $0.isLetter || $0 == ":" || $0 == "," }
        return Message(
            isWord ? "\(verbatim: english.prefix(1).uppercased() + english.dropFirst())" : "\(self)", zh: "\(self)")
    }

    /// As a sentence of its own.
    var sentence: Message {
        let message = capitalized
        let (point, chinesePoint) = (english.last == "?" ? "" : ".", chinese.last == "？" ? "" : "。")
        return Message("\(message)\(verbatim: point)", zh: "\(message)\(verbatim: chinesePoint)")
    }

    /// `a, b and c`
    static func list(_ parts: [Message]) -> Message {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? Message("") }
        return Message(
            "\(joined(parts.dropLast(), by: Message(", ", zh: "、"))) and \(last)",
            zh: "\(joined(parts, by: Message("、")))")
    }

    static func joined(_ parts: some Collection<Message>, by separator: Message) -> Message {
        parts.dropFirst().reduce(parts.first ?? Message("")) { Message("\($0)\(separator)\($1)") }
    }
}

/// What a message says in one of its languages. Inserted text comes from others and is made printable; an inserted message is
/// in the same language.
struct Words: ExpressibleByStringInterpolation {
    fileprivate var english: String
    fileprivate var chinese: String

    init(stringLiteral text: String) {
        (english, chinese) = (text, text)
    }

    init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.words
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var words = Words(stringLiteral: "")

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ text: String) { append(text, text) }
        mutating func appendInterpolation(_ message: Message) { append(message.english, message.chinese) }
        mutating func appendInterpolation(_ text: some StringProtocol) { appendLiteral(Printable.text(text)) }
        mutating func appendInterpolation(_ bytes: [UInt8]) { appendLiteral(Printable.text(bytes)) }
        mutating func appendInterpolation(_ command: RedisCommand) { appendLiteral(command.rawValue) }
        /// Text that was made printable before.
        mutating func appendInterpolation(verbatim text: String) { appendLiteral(text) }
        mutating func appendInterpolation(quoted text: String) { appendLiteral(Printable.quoted(text)) }
        mutating func appendInterpolation(key: [UInt8]) { appendLiteral(Printable.key(key)) }
        /// The beginning of a session id.
        mutating func appendInterpolation(id: [UInt8]) { appendLiteral(Printable.shortened(id: id)) }
        /// `1,234`
        mutating func appendInterpolation(_ number: Int) { appendLiteral(NumberText.grouped(number)) }
        mutating func appendInterpolation(seconds: Double) { appendLiteral(NumberText.seconds(seconds)) }

        /// `1 key`, `2 keys`
        mutating func appendInterpolation(_ number: Int, _ singular: String, _ plural: String? = nil) {
            appendLiteral(NumberText.counted(number, singular, plural))
        }

        mutating func appendInterpolation(was number: Int) { appendLiteral(number == 1 ? "was" : "were") }

        /// A word that depends on a number, without the number.
        mutating func appendInterpolation(_ number: Int, one: String, many: String) {
            appendLiteral(number == 1 ? one : many)
        }

        private mutating func append(_ english: String, _ chinese: String) {
            words.english += english
            words.chinese += chinese
        }
    }

    static func + (first: Words, second: Words) -> Words {
        "\(Message(first))\(Message(second))"
    }
}

/// Builds a message from two lines, English and Chinese, with the code for scripts before them if it has one. A message that
/// lacks a language does not compile.
@resultBuilder enum MessageBuilder {
    static func buildExpression(_ words: Words) -> Words { words }
    static func buildExpression(_ message: Message) -> Message { message }
    static func buildBlock(_ message: Message) -> Message { message }
    static func buildBlock(_ english: Words, _ chinese: Words) -> Message { Message(english, zh: chinese) }
    static func buildEither(first: Message) -> Message { first }
    static func buildEither(second: Message) -> Message { second }

    static func buildBlock(_ code: Words, _ english: Words, _ chinese: Words) -> Message {
        buildBlock(code, Message(english, zh: chinese))
    }

    static func buildBlock(_ code: Words, _ message: Message) -> Message {
        var message = message
        message.code = code.english
        return message
    }
}

/// The languages of reports, prompts and messages; JSON, metrics and the log are the same in all.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case chinese = "zh"

    /// The first of LC_ALL, LC_MESSAGES and LANG that is set decides.
    init(environment: [String: String]) {
        let name = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self = name == "zh" || ["zh_", "zh-", "zh."].contains(where: name.hasPrefix) ? .chinese : .english
    }

    /// For errors in the command line itself.
    init(words: [String], environment: [String: String]) {
        self.init(environment: environment)
        for (index, word) in words.enumerated() {
            let value =
                word.hasPrefix("--lang=")
                ? String(word.dropFirst(7)) : word == "--lang" && index + 1 < words.count ? words[index + 1] : ""
            self = Language(rawValue: value) ?? self
        }
    }
}
