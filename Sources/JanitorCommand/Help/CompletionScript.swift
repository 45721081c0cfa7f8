/// The completions that `completion SHELL` prints; commands, options and their values come from the tables.
enum CompletionScript {
    static func text(_ shell: Shell, _ language: Language) -> String {
        let lines =
            switch shell {
            case .bash: bash
            case .zsh: zsh(language)
            case .fish: fish(language)
            }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let commands = Command.allCases.map(\.rawValue)
    /// A name stands once, although `--user` is two options.
    private static let options = Option.all.filter { option in Option.named(option.name)?.commands == option.commands }

    private static var bash: [String] {
        let words = { (words: [String]) in "_session_janitor_words '\(words.joined(separator: " "))'" }
        var lines = [
            "# bash completion for session-janitor",
            "_session_janitor_words() { mapfile -t COMPREPLY < <(compgen -P \"$given\" -W \"$1\" -- \"$current\"); }",
            "_session_janitor_files() {",
            "    compopt -o filenames 2>/dev/null",
            "    mapfile -t COMPREPLY < <(compgen -P \"$given\" -f -- \"$current\")",
            "}",
            "_session_janitor() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=clean given= word",
            "    # bash takes --name=value for three words, unless COMP_WORDBREAKS was changed.",
            "    if [[ $current == = ]]; then current=",
            "    elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}",
            "    elif [[ $current == --*=* ]]; then previous=${current%%=*} given=$previous= current=${current#*=}; fi",
            "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do",
            "        case $word in \(commands.joined(separator: "|"))) command=$word; break ;; esac",
            "    done",
            "    case $previous in",
        ]
        for option in options where option.placeholder != nil {
            let names = option.name + (option.shortName.map { "|-\($0)" } ?? "")
            lines.append(
                "        \(names)) \(option.takesFile ? "_session_janitor_files" : words(option.reader.choices)); return ;;"
            )
        }
        lines += ["    esac", "    case $current:$command in"]
        // A file is one word of many: only what begins with a dash is an option there.
        lines += Command.allCases.filter { $0.operand?.takesFile == true }.map {
            "        -*:\($0.rawValue)) ;; *:\($0.rawValue)) _session_janitor_files; return ;;"
        }
        lines += ["    esac", "    case $command in"]
        for command in Command.allCases {
            let names = options.filter { $0.commands.contains(command) }.map(\.name) + (command.operand?.choices ?? [])
            lines.append("        \(command.rawValue)) \(words(names + (command == .clean ? commands : []))) ;;")
        }
        return lines + ["    esac", "}", "complete -F _session_janitor session-janitor"]
    }

    private static func zsh(_ language: Language) -> [String] {
        var lines = ["#compdef session-janitor", "", "local -a commands options line", "local state", "commands=("]
        lines += Command.allCases.map { "    '\($0.rawValue):\(quoted($0.summary[language], also: ":"))'" }
        lines += [")", "options=("]
        for option in options {
            let summary = quoted(option.summary[language], also: "[]:")
            let value =
                option.placeholder.map { placeholder in
                    let action = option.takesFile ? "_files" : "(\(option.reader.choices.joined(separator: " ")))"
                    return ":\(placeholder.replacing("|", with: " or ")):\(action)"
                } ?? ""
            lines.append("    '\(option.name)\(option.placeholder == nil ? "" : "=")[\(summary)]\(value)'")
            if let short = option.shortName { lines.append("    '-\(short)[\(summary)]\(value)'") }
        }
        lines += [
            ")", "_arguments -s $options '1:command:{_describe command commands}' '2:operand:->operand' && return",
            "case $line[1] in",
        ]
        for command in Command.allCases {
            guard let operand = command.operand else { continue }
            let action = operand.takesFile ? "_files" : "compadd \(operand.choices.joined(separator: " "))"
            lines.append("    \(command.rawValue)) \(action) ;;")
        }
        return lines + ["esac"]
    }

    private static func fish(_ language: Language) -> [String] {
        let complete = "complete -c session-janitor"
        var lines = ["# fish completion for session-janitor", "\(complete) -f"]
        let none = "not __fish_seen_subcommand_from \(commands.joined(separator: " "))"
        lines += Command.allCases.map {
            "\(complete) -n '\(none)' -a \($0.rawValue) -d '\(quoted($0.summary[language]))'"
        }
        for command in Command.allCases {
            guard let operand = command.operand else { continue }
            let words = operand.takesFile ? "-F" : "-a '\(operand.choices.joined(separator: " "))'"
            lines.append("\(complete) -n '__fish_seen_subcommand_from \(command.rawValue)' \(words)")
        }
        for option in options {
            var line = "\(complete) -l \(option.name.dropFirst(2))"
            if let short = option.shortName { line += " -s \(short)" }
            if option.placeholder != nil { line += option.takesFile ? " -r -F" : " -x" }
            if !option.reader.choices.isEmpty { line += " -a '\(option.reader.choices.joined(separator: " "))'" }
            lines.append(line + " -d '\(quoted(option.summary[language]))'")
        }
        return lines
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
