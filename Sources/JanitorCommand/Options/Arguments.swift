import SessionJanitor

/// The command line, split into its parts but not yet checked.
struct Arguments: Equatable {
    private(set) var command = Command.clean
    private(set) var isCommandGiven = false
    /// The operand of `help`.
    private(set) var helpTopic: Command?
    /// The operand of `completion`.
    private(set) var shell: Shell?
    /// The operand of `restore` and `apply`.
    private(set) var file: String?
    /// The operand of `layouts`.
    private(set) var layout: BuiltInLayout?
    /// The options that make up a layout, in order: some belong to the one before them.
    private(set) var layoutOptions: [LayoutOption] = []
    private(set) var flags: Set<String> = []
    /// The last value given to each option.
    private(set) var values: [String: String] = [:]

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
                try takeShort(word)
            } else {
                try takeOperand(word)
            }
        }
        for option in Option.all where gives(option) {
            guard command != .help, !option.commands.contains(command) else { continue }
            let names = option.commands.map(\.rawValue).joined(separator: " and ")
            throw UsageError(
                "\(option.name) goes with \(names), not with \(command.rawValue)",
                zh: "\(option.name) 只用于 \(names)，不用于 \(command.rawValue)")
        }
        if let missing = missingOperand, !has("--help") { throw UsageError(missing) }
        for (first, second) in Option.contradictions where flags.union(values.keys).isSuperset(of: [first, second]) {
            throw UsageError.contradiction(first, second)
        }
    }

    private var missingOperand: Message? {
        switch command {
        case .completion where shell == nil:
            Message(
                "completion needs the name of a shell: bash, zsh or fish", zh: "completion 需要 shell 的名称：bash、zsh 或 fish"
            )
        case .restore where file == nil:
            Message(
                "restore needs the file that --backup wrote: restore FILE", zh: "restore 需要 --backup 写入的文件：restore FILE"
            )
        case .apply where file == nil:
            Message(
                "apply needs the file that --dry-run --plan wrote: apply PLAN",
                zh: "apply 需要 --dry-run --plan 写入的文件：apply PLAN")
        default: nil
        }
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
            Option.all.allSatisfy({ option in
                !plan.gives(option) || option.isPlanned || ["--prefix", "--layout"].contains(option.name)
                    || LayoutOption.Name(rawValue: option.name) != nil
            })
        else { return nil }
        var arguments = self
        arguments.flags.formUnion(plan.flags)
        arguments.values.merge(plan.values) { $1 }
        arguments.layoutOptions = plan.layoutOptions
        return arguments
    }

    func gives(_ option: Option) -> Bool {
        has(option.name) || values[option.name] != nil
    }

    /// Whether an option without a value is given.
    func has(_ name: String) -> Bool {
        flags.contains(name)
    }

    private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = Option.named(parts[0]) else { throw Arguments.unknownOption(parts[0]) }
        guard let placeholder = option.placeholder else {
            guard parts.count == 1 else {
                throw UsageError("\(option.name) takes no value", zh: "\(option.name) 不带值")
            }
            flags.insert(option.name)
            return
        }
        if parts.count == 2 {
            take(option, parts[1])
        } else if let value = rest.first, !value.hasPrefix("--") {
            // `--prefix --dry-run` must not become a real run with an odd prefix.
            take(option, value)
            rest.removeFirst()
        } else {
            throw UsageError(
                "\(option.name) needs a value: \(option.name) \(placeholder)",
                zh: "\(option.name) 需要一个值：\(option.name) \(placeholder)")
        }
    }

    private mutating func take(_ option: Option, _ value: String) {
        values[option.name] = value
        if let name = LayoutOption.Name(rawValue: option.name) { layoutOptions.append(LayoutOption(name, value)) }
    }

    /// `-n`, or several at once: `-nv`.
    private mutating func takeShort(_ word: String) throws(UsageError) {
        for letter in word.dropFirst() {
            guard let option = Option.all.first(where: { $0.shortName == letter }) else {
                throw Arguments.unknownOption(word)
            }
            flags.insert(option.name)
        }
    }

    /// The command, or its operand.
    private mutating func takeOperand(_ word: String) throws(UsageError) {
        if isCommandGiven, command == .restore || command == .apply, file == nil {
            guard !word.isEmpty else { throw UsageError("the name of the file is empty", zh: "文件名为空") }
            file = word
        } else if word.contains("://") {
            throw UsageError(
                "unexpected argument \(quoted: word); a URL is given by --url",
                zh: "多余的参数 \(quoted: word)；URL 应写在 --url 之后")
        } else if !isCommandGiven {
            command = try Arguments.named(word, Message("command", zh: "命令"))
            isCommandGiven = true
        } else if command == .completion, shell == nil {
            shell = try Arguments.named(word, Message("shell", zh: " shell "))
        } else if command == .layouts, layout == nil {
            layout = try Arguments.named(word, Message("layout", zh: "布局"))
        } else if command == .help, helpTopic == nil {
            helpTopic = try Arguments.named(word, Message("command", zh: "命令"))
        } else {
            throw UsageError(
                "unexpected argument \(quoted: word); \(command.rawValue) takes only options",
                zh: "多余的参数 \(quoted: word)；\(command.rawValue) 只接受选项")
        }
    }

    /// The value of a type that has this name.
    static func named<Named: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ kind: Message
    ) throws(UsageError) -> Named {
        if let found = Named(rawValue: name) { return found }
        let names = Named.allCases.map(\.rawValue)
        let nearest = NearestName.nearest(to: name, among: names) ?? ""
        throw UsageError(
            "unknown \(kind) \(quoted: name); did you mean '\(nearest)'? The \(kind)s are \(names.joined(separator: ", "))",
            zh: "未知的\(kind) \(quoted: name)；是否指 '\(nearest)'？可用的\(kind)：\(names.joined(separator: "、"))")
    }

    private static func unknownOption(_ word: String) -> UsageError {
        let names = Option.all.flatMap { [$0.name] + ($0.shortName.map { ["-\($0)"] } ?? []) }
        let nearest = NearestName.nearest(to: word, among: names) ?? ""
        return UsageError(
            "unknown option \(quoted: word); did you mean '\(nearest)'?", zh: "未知的选项 \(quoted: word)；是否指 '\(nearest)'？")
    }
}

/// Finds the name that the user may have meant.
enum NearestName {
    /// A name that begins with the word, otherwise the one with the fewest changes.
    static func nearest(to word: String, among names: [String]) -> String? {
        let completed = names.first { word.count > 2 && $0.hasPrefix(word) }
        return completed ?? names.min { distance(word, $0) < distance(word, $1) }
    }

    /// How many characters to insert, remove or replace (Levenshtein).
    static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (line, character) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in second.indices {
                let replaced = diagonal + (second[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
