import SessionJanitor
import Testing

@testable import JanitorCommand

struct LockMessageTests {
    private static let holder = LockHolder(host: "db1", pid: 4_711, since: "2026-01-02T03:04:05Z")

    @Test
    func `who is kept out is told who holds the lock, and since when`() throws {
        #expect(
            CleanupError.lock(LockError.held(by: Self.holder)).message(try Sample.options()).english
                == "another run is cleaning redis://user:***@db.example.org:7000/3: process 4711 on db1, since "
                + "2026-01-02T03:04:05Z; wait for it (a run that was killed blocks for at most a minute)")
    }

    @Test
    func `who has lost the lock is told to whom, and to run again`() throws {
        let text = CleanupError.lock(LockError.lost(to: Self.holder)).message(try Sample.options()).english
        #expect(text.contains("process 4711 on db1, since 2026-01-02T03:04:05Z"))
        #expect(text.hasSuffix("; run again"))
    }

    @Test
    func `a lock that is none of ours has an unknown holder`() throws {
        for error in [LockError.held(by: nil), .lost(to: nil)] {
            let text = CleanupError.lock(error).message(try Sample.options()).english
            #expect(text.contains("an unknown holder"))
            #expect(text.isOneTameLine)
        }
    }

    @Test
    func `a hostile holder does not break the line`() throws {
        let holder = LockHolder(host: "a\n\u{1b}[2J\u{2028}", pid: -1, since: "\r\n\u{0}")
        #expect(CleanupError.lock(LockError.held(by: holder)).message(try Sample.options()).english.isOneTameLine)
    }

    @Test
    func `both have their codes and their exit status`() throws {
        #expect(try Sample.code(.lock(.held(by: nil))) == "locked")
        #expect(try Sample.code(.lock(.lost(to: nil))) == "lock_lost")
        #expect(ExitStatus(CleanupReport(failed: .lock(.held(by: nil)))) == .locked)
        #expect(ExitStatus(CleanupReport(failed: .lock(.lost(to: nil)))) == .locked)
    }
}
