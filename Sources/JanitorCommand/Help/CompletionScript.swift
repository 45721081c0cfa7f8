/// The completions that `completion SHELL` prints; commands and options come from their tables.
enum CompletionScript {
    static func text(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private static let commands = Command.allCases.map(\.rawValue)

    private static func options(of command: Command) -> [Option] {
        Option.all.filter { $0.commands.contains(command) }
    }

    private static var bash: String {
        var lines = [
            "# bash completion for session-janitor",
            "_session_janitor() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=clean word",
            "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do",
            "        case $word in \(commands.joined(separator: "|"))) command=$word; break ;; esac",
            "    done",
            "    case $previous in",
        ]
        for option in Option.all where option.placeholder != nil {
            let reply =
                option.takesFile
                ? "compgen -f -- \"$current\""
                : "compgen -W '\(option.reader.choices.joined(separator: " "))' -- \"$current\""
            lines.append("        \(option.name)) mapfile -t COMPREPLY < <(\(reply)); return ;;")
        }
        lines += ["    esac", "    case $command in"]
        for command in Command.allCases {
            var words = options(of: command).map(\.name)
            if command == .completion { words += Shell.allCases.map(\.rawValue) }
            if command == .clean || command == .help { words += commands }
            let list = words.joined(separator: " ")
            lines.append(
                "        \(command.rawValue)) mapfile -t COMPREPLY < <(compgen -W '\(list)' -- \"$current\") ;;")
        }
        lines += ["    esac", "}", "complete -F _session_janitor session-janitor"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static var zsh: String {
        var lines = ["#compdef session-janitor", "", "local -a commands options", "commands=("]
        lines += Command.allCases.map { "    '\($0.rawValue):\(quoted($0.summary, also: ":"))'" }
        lines += [")", "options=("]
        for option in Option.all {
            let summary = quoted(option.summary, also: "[]:")
            let value =
                option.placeholder.map { placeholder in
                    let action = option.takesFile ? "_files" : "(\(option.reader.choices.joined(separator: " ")))"
                    return ":\(placeholder.replacing("|", with: " or ")):\(action)"
                } ?? ""
            let assignment = option.placeholder == nil ? "" : "="
            lines.append("    '\(option.name)\(assignment)[\(summary)]\(value)'")
            if let short = option.shortName { lines.append("    '-\(short)[\(summary)]'") }
        }
        lines += [
            ")",
            "_arguments -s $options '1:command:{_describe command commands}' "
                + "'2:shell:(\(Shell.allCases.map(\.rawValue).joined(separator: " ")))'",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static var fish: String {
        var lines = [
            "# fish completion for session-janitor", "complete -c session-janitor -f",
        ]
        let none = "not __fish_seen_subcommand_from \(commands.joined(separator: " "))"
        for command in Command.allCases {
            lines.append(
                "complete -c session-janitor -n '\(none)' -a \(command.rawValue) -d '\(quoted(command.summary))'")
        }
        let shells = Shell.allCases.map(\.rawValue).joined(separator: " ")
        lines.append("complete -c session-janitor -n '__fish_seen_subcommand_from completion' -a '\(shells)'")
        for option in Option.all {
            var line = "complete -c session-janitor -l \(option.name.dropFirst(2))"
            if let short = option.shortName { line += " -s \(short)" }
            if option.placeholder != nil { line += option.takesFile ? " -r -F" : " -x" }
            if !option.reader.choices.isEmpty { line += " -a '\(option.reader.choices.joined(separator: " "))'" }
            lines.append(line + " -d '\(quoted(option.summary))'")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// For single quotes of a shell; `also` are characters that the shell's own syntax wants escaped.
    private static func quoted(_ text: String, also special: String = "") -> String {
        var result = ""
        for character in text {
            if special.contains(character) { result += "\\" }
            result += character == "'" ? "'\\''" : String(character)
        }
        return result
    }
}
