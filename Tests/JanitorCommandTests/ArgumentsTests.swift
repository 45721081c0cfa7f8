import Testing

@testable import JanitorCommand

struct ArgumentsTests {
    private func complaint(_ words: [String]) -> String? {
        do throws(UsageError) {
            _ = try Arguments(words)
            return nil
        } catch {
            return error.message.english
        }
    }

    @Test
    func `without words it is a clean-up without options`() throws {
        let arguments = try Arguments([])
        #expect(arguments.command == .clean)
        #expect(!arguments.isCommandGiven)
        #expect(arguments.flags.isEmpty && arguments.values.isEmpty)
    }

    @Test(arguments: Option.all)
    func `every option without a value is known by its long name`(option: Option) throws {
        guard option.placeholder == nil else { return }
        let operand = option.commands[0].operand?.isRequired == true ? ["file"] : []
        let arguments = try Arguments([option.commands[0].rawValue] + operand + [option.name])
        #expect(arguments.flags == [option.name])
        #expect(arguments.has(option.name))
        #expect(arguments.values.isEmpty)
        #expect(complaint(["\(option.name)=yes"])?.contains(option.name) == true)
        #expect(complaint(["\(option.name)="]) != nil)
    }

    @Test(arguments: Option.all)
    func `every option with a value takes it from the next word or after an =`(option: Option) throws {
        guard option.placeholder != nil else { return }
        let name = option.name
        let command = option.commands[0].rawValue
        guard option.commands[0].operand?.isRequired != true else { return }
        #expect(try Arguments([command, name, "x"]).values == [option.name: "x"])
        #expect(try Arguments([command, "\(name)=x"]).values == [option.name: "x"])
        #expect(try Arguments([command, "\(name)=a=b"]).values == [option.name: "a=b"])
        #expect(try Arguments([command, "\(name)="]).values == [option.name: ""])
        #expect(try Arguments([command, name, "-5"]).values == [option.name: "-5"])
        #expect(try Arguments([command, name, "one", "\(name)=two"]).values == [option.name: "two"])
        #expect(!(try Arguments([command, name, "x"]).has(option.name)))
        #expect(complaint([name])?.contains("\(name) needs a value") == true)
    }

    @Test(arguments: [("--syslog", "clean"), ("--yes", "scheduled")])
    func `an option goes with its commands alone`(option: String, command: String) {
        #expect(complaint([command, option])?.hasSuffix("not with \(command)") == true)
        #expect(complaint([option, command])?.hasSuffix("not with \(command)") == true)
    }

    private static let shortForms: [([String], Set<String>)] = [
        (["-n"], ["--dry-run"]), (["-q"], ["--quiet"]), (["-v"], ["--verbose"]), (["-h"], ["--help"]),
        (["-nv"], ["--dry-run", "--verbose"]), (["-n", "-q"], ["--dry-run", "--quiet"]), (["-nnn"], ["--dry-run"]),
        (["-nqh"], ["--dry-run", "--quiet", "--help"]),
    ]

    @Test(arguments: shortForms)
    func `short names stand for long ones, alone and in clusters`(words: [String], expected: Set<String>) throws {
        #expect(try Arguments(words).flags == expected)
    }

    @Test(arguments: contractOptions)
    func `the contract's options are all there`(option: String, takesValue: Bool) throws {
        let found = try #require(Option.named(option))
        #expect((found.placeholder != nil) == takesValue)
    }

    private static let contractOptions = [
        ("--dry-run", false), ("--include-expired", false), ("--max-age-days", true), ("--prefix", true),
        ("--session-key", true), ("--index-key", true), ("--grace", true), ("--max-removals", true),
        ("--allow-no-live-sessions", false), ("--chunk-time", true), ("--nice-ratio", true), ("--timeout", true),
        ("--json", false), ("--quiet", false), ("--verbose", false), ("--color", true), ("--progress", true),
        ("--url", true), ("--help", false), ("--version", false),
    ]

    @Test
    func `options may stand before and after the command`() throws {
        for words in [
            ["clean", "--dry-run", "--prefix", "p"], ["--dry-run", "clean", "--prefix", "p"],
            ["--prefix=p", "-n", "clean"],
        ] {
            let arguments = try Arguments(words)
            #expect(arguments.isCommandGiven)
            #expect(arguments.flags == ["--dry-run"])
            #expect(arguments.values == ["--prefix": "p"])
        }
    }

    @Test
    func `an option's value is never taken for a command or an option`() throws {
        let arguments = try Arguments(["--prefix", "clean", "--session-key=--json"])
        #expect(!arguments.isCommandGiven)
        #expect(arguments.values == ["--prefix": "clean", "--session-key": "--json"])
        #expect(arguments.flags.isEmpty)
    }

    @Test
    func `an option in the place of a value is a missing value: a dry run must not become a real one`() {
        #expect(complaint(["--prefix", "--dry-run"])?.hasPrefix("--prefix needs a value") == true)
    }

    @Test(arguments: Option.all)
    func `no beginning of an option's name will do`(option: Option) throws {
        for length in 3..<option.name.count {
            let word = String(option.name.prefix(length))
            guard Option.named(word) == nil else { continue }
            for words in [[word], ["\(word)=1"], [word, "1"]] {
                let message = try #require(complaint(words))
                // What redis-cli calls so is answered as that.
                guard !message.contains("--url redis") else { continue }
                let suggestion = try #require(message.firstMatch(of: /did you mean '(.*)'/)?.1)
                #expect(suggestion.hasPrefix(word), "\(word)")
            }
        }
    }

    @Test(arguments: [
        ("--inc", "--include-expired"), ("--dryrun", "--dry-run"), ("--dry_run", "--dry-run"),
        ("--DRY-RUN", "--dry-run"), ("--max-age", "--max-age-days"), ("--colour", "--color"),
        ("--session-keys", "--session-key"), ("--jsn=1", "--json"), ("--include-expried", "--include-expired"),
    ])
    func `an unknown option names the nearest known one`(word: String, nearest: String) {
        let message = complaint([word])
        #expect(message?.hasPrefix("unknown option") == true)
        #expect(message?.contains("did you mean '\(nearest)'") == true)
    }

    @Test(arguments: ["--bogus", "--frob", "--qqq", "--xy"])
    func `what is far from every name is not taken for one of them`(word: String) {
        #expect(complaint([word]) == "unknown option '\(word)'")
    }

    @Test(arguments: [
        ["-h", "localhost"], ["-h", "10.0.0.1", "-p", "6379"], ["-p", "6379"], ["-p6379"], ["-a", "secret"],
        ["--host", "localhost"], ["--host=localhost"], ["--port", "6379"], ["--tls"], ["-s", "/tmp/redis.sock"],
        ["--pass", "secret"],
    ])
    func `redis-cli's ways to name a server are answered by --url`(words: [String]) throws {
        for words in [words, ["-n"] + words] {
            let message = try #require(complaint(words))
            #expect(message.contains("--url redis") || message.contains("--url unix"))
            #expect(!message.contains("did you mean"))
        }
    }

    @Test
    func `-h alone, and with a command, is help`() throws {
        for words in [["-h"], ["-nh"], ["restore", "-h", "file"], ["-h", "clean"], ["-h", "-n"]] {
            #expect(try Arguments(words).wantsOverview)
        }
        #expect(try !Arguments(["--help"]).wantsOverview)
    }

    @Test
    func `the value of a short option is the next word, or it is missing`() throws {
        #expect(try Arguments(["-u", "redis://h"]).values == ["--url": "redis://h"])
        #expect(try Arguments(["-nu", "redis://h"]).flags == ["--dry-run"])
        #expect(complaint(["-u"])?.contains("--url needs a value") == true)
        #expect(complaint(["-un"])?.contains("unknown option") == true)
    }

    @Test
    func `what a dry run has shown is done by the same words without --dry-run`() throws {
        for (words, expected) in [
            (["-n"], "session-janitor --backup FILE"),
            (
                ["--dry-run", "clean", "--prefix", "a b", "-v"],
                "session-janitor --prefix 'a b' --verbose --backup FILE"
            ),
            (["initial", "-n", "--backup=b"], "session-janitor initial --backup b"),
            (["-n", "--url", "redis://u:secret@h/1"], "session-janitor --url 'redis://***@h/1' --backup FILE"),
            (["restore", "-n", "b.jsonl"], "session-janitor restore b.jsonl"),
        ] {
            #expect(try Sample.options(words).realCommand.english == expected)
        }
    }

    @Test(arguments: ["-x", "-nx", "-n=1", "-N", "-5", "-é"])
    func `unknown short names are refused, also within a cluster`(word: String) {
        #expect(complaint([word])?.contains("unknown option '\(word)'") == true)
    }

    @Test(arguments: [
        ("claen", "clean"), ("Clean", "clean"), ("halp", "help"), ("", nil), ("-", nil), ("frobnicate", nil),
    ])
    func `an unknown command names the nearest known one`(word: String, nearest: String?) {
        let message = complaint([word])
        #expect(message?.hasPrefix("unknown command '\(word)'") == true)
        #expect(message?.contains("did you mean '\(nearest ?? "")'") == (nearest != nil))
        for command in Command.allCases { #expect(message?.contains(command.rawValue) == true) }
    }

    @Test
    func `after -- nothing is an option`() throws {
        #expect(try Arguments(["--"]) == Arguments([]))
        #expect(try Arguments(["-n", "--", "clean"]) == Arguments(["clean", "-n"]))
        #expect(complaint(["--", "--dry-run"])?.hasPrefix("unknown command '--dry-run'") == true)
        #expect(complaint(["--", "-n"])?.hasPrefix("unknown command '-n'") == true)
        #expect(try Arguments(["--prefix=--", "-n"]).values == ["--prefix": "--"])
    }

    @Test
    func `help is about a command, or about all`() throws {
        #expect(try Arguments(["help"]).command == .help)
        #expect(try Arguments(["help"]).operand == nil)
        #expect(try Arguments(["help", "clean"]).operand == "clean")
        #expect(try Arguments(["-v", "help", "-n", "help"]).operand == "help")
        #expect(
            complaint(["help", "claen"])?.contains("unknown command or topic 'claen', did you mean 'clean'?") == true)
    }

    @Test(arguments: [["clean", "clean"], ["clean", "x"], ["clean", "help"], ["help", "clean", "clean"]])
    func `an argument too many is refused`(words: [String]) {
        #expect(complaint(words)?.hasPrefix("unexpected argument '\(words.last ?? "")'") == true)
    }

    @Test(arguments: [["-qv"], ["--quiet", "clean", "--verbose"], ["-v", "-q"]])
    func `quiet and verbose contradict each other`(words: [String]) {
        #expect(complaint(words)?.contains("--quiet and --verbose") == true)
    }

    @Test(arguments: [["--a\u{1b}[31m\nb"], ["-\u{202e}"], ["x\r\ny"], ["clean", "\u{7}"], ["--json=\n"]])
    func `what is quoted in an error is fit for a terminal`(words: [String]) throws {
        #expect(try #require(complaint(words)).isOneTameLine)
        #expect(try #require(complaint(words.map { $0 + String(repeating: "x", count: 3_000) })).count < 600)
    }
}
