import SessionJanitor

/// The command line, taken apart but not yet judged.
struct Arguments: Equatable {
    private(set) var command = Command.clean
    private(set) var isCommandGiven = false
    /// What `help` is asked about.
    private(set) var helpTopic: Command?
    /// What `completion` is asked for.
    private(set) var shell: Shell?
    /// What `restore` is to restore.
    private(set) var file: String?
    /// What `layouts` is asked about.
    private(set) var layout: BuiltInLayout?
    /// The options that make up a layout, in order: some speak of the one before them.
    private(set) var layoutOptions: [LayoutOption] = []
    private(set) var flags: Set<OptionName> = []
    /// The last value given to each option.
    private(set) var values: [OptionName: String] = [:]

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
                try takeCommand(word)
            }
        }
        for option in OptionName.allCases where flags.contains(option) || values[option] != nil {
            guard command != .help, !option.commands.contains(command) else { continue }
            let names = option.commands.map(\.rawValue).joined(separator: " and ")
            throw UsageError(
                "\(option.rawValue) goes with \(names), not with \(command.rawValue)",
                zh: "\(option.rawValue) 只用于 \(names)，不用于 \(command.rawValue)")
        }
        if command == .completion, shell == nil, !has(.help) {
            throw UsageError(
                "completion needs the name of a shell: bash, zsh or fish", zh: "completion 需要 shell 的名称：bash、zsh 或 fish"
            )
        }
        if command == .restore, file == nil, !has(.help) {
            throw UsageError(
                "restore needs the file that --backup wrote: restore FILE", zh: "restore 需要 --backup 写入的文件：restore FILE"
            )
        }
        if flags.isSuperset(of: [.quiet, .verbose]) {
            throw UsageError("--quiet and --verbose contradict each other", zh: "--quiet 与 --verbose 互相矛盾")
        }
    }

    func has(_ option: OptionName) -> Bool {
        flags.contains(option)
    }

    private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = OptionName(rawValue: String(parts[0])) else { throw Arguments.unknownOption(parts[0]) }
        guard option.placeholder != nil else {
            guard parts.count == 1 else {
                throw UsageError("\(option.rawValue) takes no value", zh: "\(option.rawValue) 不带值")
            }
            flags.insert(option)
            return
        }
        if parts.count == 2 {
            take(option, String(parts[1]))
        } else if let value = rest.first, !value.hasPrefix("--") {
            // What looks like an option is one: `--prefix --dry-run` must not be a real run with an odd prefix.
            take(option, value)
            rest.removeFirst()
        } else {
            throw UsageError(
                "\(option.rawValue) needs a value: \(option.rawValue) \(option.placeholder ?? "")",
                zh: "\(option.rawValue) 需要一个值：\(option.rawValue) \(option.placeholder ?? "")")
        }
    }

    private mutating func take(_ option: OptionName, _ value: String) {
        values[option] = value
        if let name = LayoutOption.Name(rawValue: option.rawValue) { layoutOptions.append(LayoutOption(name, value)) }
    }

    /// `-n`, or several at once: `-nv`.
    private mutating func takeShort(_ word: String) throws(UsageError) {
        for letter in word.dropFirst() {
            guard let option = OptionName.allCases.first(where: { $0.shortName == letter }) else {
                throw Arguments.unknownOption(word[...])
            }
            flags.insert(option)
        }
    }

    private mutating func takeCommand(_ word: String) throws(UsageError) {
        if isCommandGiven, command == .restore, file == nil {
            guard !word.isEmpty else { throw UsageError("the name of the file is empty", zh: "文件名为空") }
            file = word
            return
        }
        if word.contains("://") {
            throw UsageError(
                "unexpected argument \(Printable.quoted(word)); a URL goes after --url",
                zh: "多余的参数 \(Printable.quoted(word))；URL 应写在 --url 之后")
        }
        if isCommandGiven, command == .completion, shell == nil {
            guard let named = Shell(rawValue: word) else {
                throw UsageError(
                    "unknown shell \(Printable.quoted(word)); known are bash, zsh and fish",
                    zh: "未知的 shell \(Printable.quoted(word))；可用 bash、zsh 和 fish")
            }
            shell = named
            return
        }
        if isCommandGiven, command == .layouts, layout == nil {
            layout = try Arguments.layout(named: word)
            return
        }
        guard !isCommandGiven || (command == .help && helpTopic == nil) else {
            throw UsageError(
                "unexpected argument \(Printable.quoted(word)); \(command.rawValue) takes only options",
                zh: "多余的参数 \(Printable.quoted(word))；\(command.rawValue) 只接受选项")
        }
        guard let found = Command(rawValue: word) else {
            let names = Command.allCases.map(\.rawValue)
            let nearest = NearestName.nearest(to: word, among: names) ?? ""
            throw UsageError(
                "unknown command \(Printable.quoted(word)); did you mean '\(nearest)'? "
                    + "The commands are \(names.joined(separator: ", "))",
                zh: "未知的命令 \(Printable.quoted(word))；是否指 '\(nearest)'？可用的命令：\(names.joined(separator: "、"))")
        }
        if isCommandGiven {
            helpTopic = found
        } else {
            command = found
            isCommandGiven = true
        }
    }

    /// The built-in layout of this name.
    static func layout(named name: String) throws(UsageError) -> BuiltInLayout {
        if let layout = BuiltInLayout(rawValue: name) { return layout }
        let names = BuiltInLayout.allCases.map(\.rawValue)
        let nearest = NearestName.nearest(to: name, among: names) ?? ""
        throw UsageError(
            "unknown layout \(Printable.quoted(name)); did you mean '\(nearest)'? "
                + "The layouts are \(names.joined(separator: ", "))",
            zh: "未知的布局 \(Printable.quoted(name))；是否指 '\(nearest)'？可用的布局：\(names.joined(separator: "、"))")
    }

    private static func unknownOption(_ word: Substring) -> UsageError {
        let names = OptionName.allCases.flatMap { [$0.rawValue] + ($0.shortName.map { ["-\($0)"] } ?? []) }
        let nearest = NearestName.nearest(to: String(word), among: names) ?? ""
        return UsageError(
            "unknown option \(Printable.quoted(String(word))); did you mean '\(nearest)'?",
            zh: "未知的选项 \(Printable.quoted(String(word)))；是否指 '\(nearest)'？")
    }
}
