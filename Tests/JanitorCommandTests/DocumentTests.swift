import Glibc
import SessionJanitor
import TestSupport
import Testing

@testable import JanitorCommand

/// What the documents name exists, and what the program has is named in them.
struct DocumentTests {
    private let documents: [(file: String, text: String)]

    init() throws {
        documents = try Repository.documents().map { ($0, try Repository.text($0)) }
    }

    @Test func `each link leads to a file, and each anchor to a heading`() throws {
        for (file, text) in documents {
            for link in text.matches(of: /\]\(([^)#]*)(?:#([^)]*))?\)/) where !link.1.contains(":") {
                let folder = file.split(separator: "/").dropLast().map(String.init)
                let target =
                    link.1.isEmpty
                    ? file : DocumentTests.resolved(folder + link.1.split(separator: "/").map(String.init))
                guard Repository.exists(target) else {
                    Issue.record("\(file): there is no \(target)")
                    continue
                }
                if let anchor = link.2 {
                    #expect(
                        DocumentTests.anchors(try Repository.text(target)).contains(String(anchor)),
                        "\(file): #\(anchor)")
                }
            }
        }
    }

    private static func resolved(_ parts: [String]) -> String {
        var path: [String] = []
        for part in parts {
            if part == ".." { path.removeLast() } else { path.append(part) }
        }
        return path.joined(separator: "/")
    }

    /// As GitHub makes them of headings.
    private static func anchors(_ text: String) -> Set<String> {
        Set(
            text.matches(of: /(?m)^#+ (.*)$/).map { heading in
                heading.1.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
                    .replacing(" ", with: "-")
            })
    }

    @Test func `each file that is named exists`() {
        for (file, text) in documents {
            for path in text.matches(of: /(?:Sources|Tests|crons)\/[\w.\/-]*\w/) {
                #expect(Repository.exists(String(path.0)), "\(file): \(path.0)")
            }
        }
    }

    @Test func `each type and test that is named exists`() throws {
        let code = try Repository.sources(in: "Sources") + Repository.sources(in: "Tests")
        let files = Set(code.map { $0.file.split(separator: "/").last.map(String.init) ?? "" })
        let keywords: Set<String> = ["struct", "class", "enum", "protocol", "func"]
        let declared = Set(
            code.flatMap { _, text in
                let words = text.utf8.split { $0 != 0x5f && isalnum(Int32($0)) == 0 }.map { String(Substring($0)) }
                return zip(words, words.dropFirst()).filter { keywords.contains($0.0) }.map(\.1)
            })
        // The page on what gets installed is about systemd's words.
        for (file, text) in documents where !file.hasPrefix("crons/") {
            for name in text.matches(of: /`([A-Z][A-Za-z]*[a-z])(\.swift)?`/) {
                let isKnown = name.2 == nil ? declared.contains(String(name.1)) : files.contains("\(name.1).swift")
                #expect(isKnown || Repository.exists(String(name.1)), "\(file): \(name.0)")
            }
        }
    }

    @Test func `each make target that is named exists`() throws {
        let makefile = try Repository.text("Makefile")
        let targets = Set(makefile.matches(of: /(?m)^([a-z][a-z -]*):/).flatMap { $0.1.split(separator: " ") })
        for (file, text) in documents {
            for target in text.matches(of: /[`^ ]make ([a-z-]+)`/) {
                #expect(targets.contains(target.1), "\(file): \(target.0)")
            }
        }
    }

    /// Options of other programs in the documents' examples.
    private static let foreign: Set<String> = [
        "--input", "--rm", "--read-only", "--env", "--filename", "--from", "--follow", "--now", "--filter", "--rdb",
        "--name",
    ]

    @Test func `each option that is named exists, and each that exists is named`() {
        var named: Set<String> = []
        for (file, text) in documents {
            for option in text.matches(of: /(?m)(?:^|[^\w-])(--[a-z]+(?:-[a-z]+)*)/) {
                let name = String(option.1)
                named.insert(name)
                #expect(Option.named(name) != nil || DocumentTests.foreign.contains(name), "\(file): \(name)")
            }
        }
        for option in Option.all { #expect(named.contains(option.name), "no document names \(option.name)") }
    }

    @Test func `each layout is in the table of layouts`() throws {
        let table = try Repository.text("Sources/session-janitor/Documentation.docc/Layouts.md")
        for layout in BuiltInLayout.allCases { #expect(table.contains("`\(layout.rawValue)`") || layout == .custom) }
    }

    @Test func `the front page begins with the way to the other language`() throws {
        let first = try Repository.text("README.md").prefix { $0 != "\n" }
        #expect(first.contains("[简体中文](\(Repository.frontPages[1]))"))
    }

    @Test func `the manual begins with what is on each of its pages`() throws {
        let root = try Repository.text("Sources/session-janitor/Documentation.docc/session-janitor.md")
        for file in try Repository.documents().dropFirst(2) where !file.hasSuffix("/session-janitor.md") {
            let name = file.split(separator: "/").last ?? ""
            #expect(root.contains("](\(name))"))
        }
    }
}
