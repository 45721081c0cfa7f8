import SessionJanitor
import Testing

@testable import JanitorCommand

@Suite struct LockMessageTests {
    private static let holder = LockHolder(host: "db1", pid: 4_711, since: "2026-01-02T03:04:05Z")

    @Test("Who is kept out is told who holds the lock, and since when")
    func held() throws {
        #expect(
            CleanupError.lock(LockError.held(by: Self.holder)).message(try Sample.options()).english
                == "another run is cleaning redis://user:***@db.example.org:7000/3: process 4711 on db1, since "
                + "2026-01-02T03:04:05Z; wait for it (a run that was killed blocks for at most a minute)")
    }

    @Test("Who has lost the lock is told to whom, and to run again")
    func lost() throws {
        let text = CleanupError.lock(LockError.lost(to: Self.holder)).message(try Sample.options()).english
        #expect(text.contains("process 4711 on db1, since 2026-01-02T03:04:05Z"))
        #expect(text.hasSuffix("; run again"))
    }

    @Test("A lock that is none of ours has an unknown holder")
    func unknown() throws {
        for error in [LockError.held(by: nil), .lost(to: nil)] {
            let text = CleanupError.lock(error).message(try Sample.options()).english
            #expect(text.contains("an unknown holder"))
            #expect(text.isOneTameLine)
        }
    }

    @Test("A hostile holder does not break the line")
    func hostile() throws {
        let holder = LockHolder(host: "a\n\u{1b}[2J\u{2028}", pid: -1, since: "\r\n\u{0}")
        #expect(CleanupError.lock(LockError.held(by: holder)).message(try Sample.options()).english.isOneTameLine)
    }

    @Test("Both have their codes and their exit status")
    func codes() throws {
        #expect(try Sample.code(.lock(.held(by: nil))) == "locked")
        #expect(try Sample.code(.lock(.lost(to: nil))) == "lock_lost")
        #expect(ExitStatus(CleanupReport(failed: .lock(.held(by: nil)))) == .locked)
        #expect(ExitStatus(CleanupReport(failed: .lock(.lost(to: nil)))) == .locked)
    }
}
