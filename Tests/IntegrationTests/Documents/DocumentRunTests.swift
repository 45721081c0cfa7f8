import Foundation
import TestSupport
import Testing

/// The front page in both languages: whatever it tells its reader to type does what stands there.
///
/// With `UPDATE_DOCUMENTS` in the environment, what the commands print is written into the pages.
@Suite(.waiting) struct DocumentRunTests {
    @Test(arguments: zip(Repository.frontPages, ["en_US.UTF-8", "zh_CN.UTF-8"]))
    func `each command of a front page does what stands there`(file: String, locale: String) throws {
        let reader = try Reader(locale: locale)
        var page = try FrontPage(file)
        var blocks = page.blocks
        for (index, block) in blocks.enumerated() {
            switch block.kind {
            case "console":
                for (number, example) in block.examples.enumerated() {
                    let (status, screen) = try reader.type(example.command)
                    #expect(status == 0, "\(example.command): \(screen)")
                    if !example.matches(screen) { blocks[index].examples[number].output = screen }
                }
            case "sh":
                let (status, output) = try reader.run(block.lines.joined(separator: "\n"))
                #expect(status == .exited(0), "\(block.lines): \(output)")
            case "crontab": try runAsCron(block, reader)
            // What Tests/Packaging/test-install.sh runs.
            case "sh install": break
            default: Issue.record("\(file): nothing runs a block of kind \(block.kind)")
            }
        }
        if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTS"] != nil {
            page.replace(blocks)
            try page.save()
        }
        for (block, found) in zip(page.blocks, blocks) { #expect(block.lines == found.lines) }
    }

    private func runAsCron(_ block: FrontPage.Block, _ reader: Reader) throws {
        var variables: [String: String] = [:]
        for line in block.lines {
            if let assignment = line.wholeMatch(of: /([A-Z_]+)=(.*)/) {
                variables[String(assignment.1)] = String(assignment.2)
            } else {
                let job = try #require(line.wholeMatch(of: /(?:\S+ +){5}(.*)/))
                #expect(line.firstMatch(of: /[^\\]%/) == nil, "cron ends a command at %")
                let (status, output) = try reader.run(String(job.1).replacing("\\%", with: "%"), setting: variables)
                #expect(status == .exited(0))
                #expect(output == "")
            }
        }
        #expect(reader.hasFile("session_cleanup.log"))
    }

    @Test func `the reference has each number of the JSON report`() throws {
        let (_, report) = try Store.withOrphan().clean("--dry-run")
        let reference = try Repository.text("Sources/session-janitor/Documentation.docc/Reference.md")
        for name in report.unknown.union(report.stats.keys) { #expect(reference.contains("`\(name)`"), "\(name)") }
    }

    @Test func `both front pages have the same commands`() throws {
        let commands = try Repository.frontPages.map { file in
            try FrontPage(file).blocks.map { block in
                block.kind == "console" ? block.examples.map(\.command) : block.lines
            }
        }
        #expect(commands[0] == commands[1])
    }
}
