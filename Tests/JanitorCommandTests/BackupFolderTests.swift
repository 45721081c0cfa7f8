import Foundation
import Testing

@testable import JanitorCommand

@Suite struct BackupFolderTests {
    @Test("The name of a backup has its date, and is known again")
    func name() throws {
        let file = BackupFolder(path: "/backups").newFile(at: Date(timeIntervalSince1970: 1_700_000_000))
        #expect(file == "/backups/session-janitor-20231114T221320Z-\(getpid()).jsonl")
        #expect(BackupFolder.isBackup(String(file.dropFirst("/backups/".count))))
    }

    @Test(
        "Other files are not taken for backups",
        arguments: [
            "session-janitor-20231114T221320Z-12.jsonl.gz", "session-janitor-latest-12.jsonl", "session-janitor-.jsonl",
            "session-janitor-20231114T221320Z.jsonl", "session-janitor-20231114T221320Z-x.jsonl", "notes.jsonl",
            "session-janitor-20231114T221320Z-1-2.jsonl",
        ])
    func strangers(name: String) {
        #expect(!BackupFolder.isBackup(name))
    }

    @Test("All but the newest are deleted, and nothing else")
    func pruning() throws {
        let path = FileManager.default.temporaryDirectory.path + "/sj-folder-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = BackupFolder(path: path)
        let files = (0..<4).map { folder.newFile(at: Date(timeIntervalSince1970: 1_700_000_000 + Double($0))) }
        for file in files + [path + "/notes.jsonl"] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        try folder.prune(keeping: 2)
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" })
        #expect(left == Set(files.suffix(2) + [path + "/notes.jsonl"]))
    }
}
