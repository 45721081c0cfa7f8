import Foundation
import TestSupport
import Testing

@testable import JanitorCommand
@testable import SessionJanitor

struct BackupFolderTests {
    @Test
    func `the name of a backup has its date, and is known again`() throws {
        let file = BackupFolder(path: "/backups").newFile(at: Date(timeIntervalSince1970: 1_700_000_000))
        #expect(file == "/backups/session-janitor-20231114T221320Z-\(getpid()).jsonl")
        #expect(BackupFolder.isBackup(String(file.dropFirst("/backups/".count))))
    }

    @Test(arguments: [
        "session-janitor-20231114T221320Z-12.jsonl.gz", "session-janitor-latest-12.jsonl", "session-janitor-.jsonl",
        "session-janitor-20231114T221320Z.jsonl", "session-janitor-20231114T221320Z-x.jsonl", "notes.jsonl",
        "session-janitor-20231114T221320Z-1-2.jsonl",
    ])
    func `other files are not taken for backups`(name: String) {
        #expect(!BackupFolder.isBackup(name))
    }

    /// A backup with one record.
    private static func write(_ path: String) throws {
        let writer = try BackupWriter(path: path)
        try writer.begin(
            with: BackupHeader(
                toolVersion: "1", startedAt: "now", server: "redis://h:1/0", runIdentifier: nil, database: 0,
                lockKey: BackupBytes([]), layout: BackupLayout(CleanupOptions(layout: try Layout())))
        )
        try writer.append(BackupRecord("appauth:sess:1".utf8, expiresAt: 1, .expiry(payload: nil)))
        try writer.commit()
    }

    @Test
    func `all but the newest are deleted, and nothing else`() throws {
        let folder = try TemporaryFolder()
        let backups = BackupFolder(path: folder.path)
        let files = (0..<5).map { backups.newFile(at: Date(timeIntervalSince1970: 1_700_000_000 + Double($0))) }
        for file in files { try Self.write(file) }
        let strangers = [
            folder.file("notes.jsonl"), backups.newFile(at: Date(timeIntervalSince1970: 1_800_000_000)),
        ]
        for file in strangers { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        // The clock of the run that counts was behind.
        try backups.prune(keeping: 2, with: files[1])
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path).map(folder.file))
        #expect(left == Set([files[1], files[4]] + strangers))
    }

    @Test(arguments: [
        ("/var/backups/a-1.jsonl", "session-janitor restore /var/backups/a-1.jsonl"),
        ("it's a file", "session-janitor restore 'it'\\''s a file'"),
    ])
    func `the command that undoes a run can be pasted into a shell`(path: String, command: String) throws {
        let folder = try TemporaryFolder()
        let writer = try BackupWriter(path: folder.file("x"))
        try writer.append(BackupRecord("appauth:sess:1".utf8, expiresAt: 1, .expiry(payload: nil)))
        #expect(BackupSummary(writer) == nil)
        try writer.commit()
        var summary = try #require(BackupSummary(writer))
        summary.file = path
        #expect(summary.undoCommand == command)
    }
}
