import SessionJanitor

/// The command line, split into its parts but not yet checked.
struct Arguments: Equatable {
    private(set) var command = Command.clean
    private(set) var isCommandGiven = false
    /// What stands behind the command, if it takes something.
    private(set) var operand: String?
    /// Whether `-h` asks for help, on one screen.
    private(set) var wantsOverview = false
    /// The options by their long names, in order.
    private(set) var given: [Given] = []
    /// Those of the file that `--layout-file` names.
    private var kept: [Given] = []

    struct Given: Equatable {
        let name: String
        /// Nil for an option without a value.
        var value: String?
    }

    /// Options may stand before and after the command, with `--name value` or `--name=value`; never abbreviated.
    init(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        var takesOptions = true
        while let word = rest.popFirst() {
            if takesOptions, word == "--" {
                takesOptions = false
            } else if takesOptions, word.hasPrefix("--") {
                try takeLong(word, &rest)
            } else if takesOptions, word.hasPrefix("-"), word != "-" {
                try takeShort(word, &rest)
            } else {
                try takeOperand(word)
            }
        }
        for option in given where command != .help {
            let commands = Option.all.filter { $0.name == option.name }.flatMap(\.commands)
            guard !commands.contains(command) else { continue }
            let names = Message.list(commands.map { Message("\($0.rawValue)") })
            throw UsageError(
                "\(option.name) goes with \(names), not with \(command.rawValue)",
                zh: "\(option.name) 只用于 \(names)，不用于 \(command.rawValue)")
        }
        if let expected = command.operand, expected.isRequired, operand == nil, !has("--help") {
            throw UsageError(expected.missing)
        }
        for (first, second) in Option.contradictions where gives(first) && gives(second) {
            throw UsageError.contradiction(first, second)
        }
    }

    /// Those without a value.
    var flags: Set<String> { Set(given.filter { $0.value == nil }.map(\.name)) }

    /// The last value given to each option, or kept in the layout's file.
    var values: [String: String] {
        Dictionary((kept + given).compactMap { option in option.value.map { (option.name, $0) } }) { $1 }
    }

    /// The options that make up a layout, in order: some belong to the one before them. Those that are given win over those of
    /// the file.
    var layoutOptions: [LayoutOption] {
        // `--user` says there whose share is restored.
        guard command != .restore else { return [] }
        func options(_ given: [Given]) -> [LayoutOption] {
            given.compactMap { option in
                guard let name = LayoutOption.Name(rawValue: option.name), let value = option.value else { return nil }
                return LayoutOption(name, value)
            }
        }
        return LayoutOption.merged(options(kept), options(given))
    }

    func gives(_ name: String) -> Bool { given.contains { $0.name == name } }

    /// Whether an option without a value is given.
    func has(_ name: String) -> Bool { given.contains { $0.name == name && $0.value == nil } }

    /// The same with the options of the file that `--layout-file` names.
    func readingLayoutFile() throws(UsageError) -> Arguments {
        guard let path = values["--layout-file"] else { return self }
        var arguments = self
        arguments.kept = try LayoutFile.read(path)
        return arguments
    }

    // MARK: Plans

    /// The options of the layout, as on a command line.
    func layoutWords(prefix: String) -> [String] {
        ["--prefix=\(prefix)"] + (values["--layout"].map { ["--layout=\($0)"] } ?? [])
            + layoutOptions.map { "\($0.name.rawValue)=\($0.value)" }
    }

    /// The same with the options that a plan file keeps; nil where it holds other words.
    func taking(_ words: [String]) -> Arguments? {
        guard let plan = try? Arguments(words), plan.command == .clean, !plan.isCommandGiven,
            plan.given.allSatisfy({ Option.named($0.name)?.isPlanned == true || Option.isOfLayout($0.name) })
        else { return nil }
        var arguments = self
        arguments.given = given.filter { !Option.isOfLayout($0.name) } + plan.given
        return arguments
    }

    /// The same command line without one of its options and with further words, as it is typed.
    func commandLine(without name: String, adding further: [String]) -> Message {
        let own = command == .clean ? [] : [command.rawValue] + (operand.map { [$0] } ?? [])
        let options = given.filter { $0.name != name }.flatMap { [$0.name] + ($0.value.map { [$0] } ?? []) }
        let words = [Version.tool] + own + options + further
        return Message.joined(words.map { Message("\(Printable.shellWord($0))") }, by: Message(" "))
    }

    private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = Option.named(parts[0]) else { throw Arguments.unknownOption(parts[0]) }
        guard option.placeholder == nil else {
            return try take(option, parts.count == 2 ? parts[1] : nil, &rest)
        }
        guard parts.count == 1 else { throw UsageError("\(option.name) takes no value", zh: "\(option.name) 不带值") }
        given.append(Given(name: option.name))
    }

    /// An option with the value that was given with it, or that follows.
    private mutating func take(
        _ option: Option, _ value: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        if let value {
            given.append(Given(name: option.name, value: value))
        } else if let value = rest.first, !value.hasPrefix("--") {
            // `--prefix --dry-run` must not become a real run with an odd prefix.
            given.append(Given(name: option.name, value: value))
            rest.removeFirst()
        } else {
            let placeholder = option.placeholder ?? ""
            throw UsageError(
                "\(option.name) needs a value: \(option.name) \(placeholder)",
                zh: "\(option.name) 需要一个值：\(option.name) \(placeholder)")
        }
    }

    /// `-n`, or several at once: `-nv`; the last one may take a value: `-u URL`.
    private mutating func takeShort(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        if word == "-h", !isCommandGiven, let host = rest.first, !host.hasPrefix("-"), Command(rawValue: host) == nil {
            throw Arguments.unknownOption("-h \(host)")
        }
        for (index, letter) in word.dropFirst().enumerated() {
            guard let option = Option.all.first(where: { $0.shortName == letter }) else {
                throw Arguments.unknownOption(word)
            }
            if letter == "h" { wantsOverview = true }
            if option.placeholder == nil {
                given.append(Given(name: option.name))
            } else if index == word.count - 2 {
                try take(option, nil, &rest)
            } else {
                throw Arguments.unknownOption(word)
            }
        }
    }

    private mutating func takeOperand(_ word: String) throws(UsageError) {
        let takesFile = isCommandGiven && command.operand?.takesFile == true
        if word.contains("://"), !takesFile {
            throw UsageError(
                "unexpected argument \(quoted: word); a URL is given by --url",
                zh: "多余的参数 \(quoted: word)；URL 应写在 --url 之后")
        } else if !isCommandGiven {
            command = try Arguments.named(word, Message("command", zh: "命令"))
            isCommandGiven = true
        } else if let expected = command.operand, operand == nil {
            try expected.check(word)
            operand = word
        } else {
            let allowed = command.operand.map { Message("one \($0.placeholder) and", zh: "一个 \($0.placeholder) 和") }
            let what = allowed ?? Message("only", zh: "")
            throw UsageError(
                "unexpected argument \(quoted: word); \(command.rawValue) takes \(what) options",
                zh: "多余的参数 \(quoted: word)；\(command.rawValue) 只接受\(what)选项")
        }
    }

    // MARK: Names

    /// The value of a type that has this name.
    static func named<Named: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ kind: Message
    ) throws(UsageError) -> Named {
        if let found = Named(rawValue: name) { return found }
        throw unknown(name, kind, among: Named.allCases.map(\.rawValue))
    }

    static func unknown(_ name: String, _ kind: Message, among names: [String]) -> UsageError {
        let known = Message("\(names.joined(separator: ", "))", zh: "\(names.joined(separator: "、"))")
        let hint = suggestion(for: name, among: names)
        return UsageError(
            "unknown \(kind) \(quoted: name)\(hint); there are \(known)",
            zh: "未知的\(kind) \(quoted: name)\(hint)；可用的有 \(known)")
    }

    private static func unknownOption(_ word: String) -> UsageError {
        if let url = habits[word.hasPrefix("--") ? word : String(word.prefix(2))] {
            return UsageError(
                "unknown option \(quoted: word); the server is given by --url, such as --url \(url), and its password by "
                    + "--password-file or REDISCLI_AUTH",
                zh: "未知的选项 \(quoted: word)；服务器由 --url 指定，例如 --url \(url)，密码由 --password-file 或 REDISCLI_AUTH 给出")
        }
        let names = Option.all.flatMap { [$0.name] + ($0.shortName.map { ["-\($0)"] } ?? []) }
        let hint = suggestion(for: word, among: names)
        return UsageError("unknown option \(quoted: word)\(hint)", zh: "未知的选项 \(quoted: word)\(hint)")
    }

    private static func suggestion(for word: String, among names: [String]) -> Message {
        let nearest = NearestName.nearest(to: word, among: names)
        return Message(if: nearest != nil, ", did you mean '\(nearest ?? "")'?", zh: "，是否指 '\(nearest ?? "")'？")
    }

    /// How `redis-cli` is told its server, and the form of the URL that says the same here.
    private static let habits = [
        "-h": "redis://localhost:6379/0", "--host": "redis://localhost:6379/0", "-p": "redis://localhost:6379/0",
        "--port": "redis://localhost:6379/0", "-s": "unix:///path/to.sock", "-a": "redis://localhost:6379/0",
        "--pass": "redis://localhost:6379/0", "--tls": "rediss://localhost:6379/0",
    ]
}

/// Finds the name that the user may have meant.
enum NearestName {
    /// A name that begins with the word, otherwise the one with the fewest changes if these are few: one in three letters.
    static func nearest(to word: String, among names: [String]) -> String? {
        if let completed = names.first(where: { word.count > 2 && $0.hasPrefix(word) }) { return completed }
        let word = word.lowercased()
        let letters = word.drop { $0 == "-" }.count
        let nearest = names.min { distance(word, $0) < distance(word, $1) }
        return nearest.flatMap { distance(word, $0) <= (letters > 2 ? max(letters / 3, 1) : 0) ? $0 : nil }
    }

    /// How many characters to insert, remove or replace, or neighbours to swap (optimal string alignment).
    static func distance(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first), Array(second))
        var before: [Int] = []
        var row = Array(0...second.count)
        for line in first.indices {
            var next = [line + 1]
            for column in second.indices {
                let replaced = row[column] + (second[column] == first[line] ? 0 : 1)
                var fewest = min(replaced, row[column + 1] + 1, next[column] + 1)
                if line > 0, column > 0, first[line] == second[column - 1], first[line - 1] == second[column] {
                    fewest = min(fewest, before[column - 1] + 1)
                }
                next.append(fewest)
            }
            (before, row) = (row, next)
        }
        return row[second.count]
    }
}
