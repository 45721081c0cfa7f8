import TestSupport
import Testing

/// What has to be true when the application has come to rest.
struct RaceEnd {
    private let scene: RaceScene
    private let host: RaceHost
    private let application: RaceApplication
    private let janitors: JanitorLoop
    private let tally: RaceTally

    init(
        _ scene: RaceScene, _ host: RaceHost, _ application: RaceApplication, _ janitors: JanitorLoop,
        _ tally: RaceTally
    ) {
        self.scene = scene
        self.host = host
        self.application = application
        self.janitors = janitors
        self.tally = tally
    }

    /// One run more leaves nothing to do, and has taken nothing that it should not.
    func check() throws {
        try application.settle()
        try application.checkAll()
        let before = try host.snapshot()
        expectTrueNumbers(before)
        let (status, quiet) = try janitors.runInQuiet()
        #expect(status == .exited(0))
        #expect(quiet.outcome == "completed", "\(quiet)")
        for kind in ["orphaned_sessions", "orphaned_pointers", "orphaned_companions", "orphaned_presence_keys"] {
            #expect(quiet.stat(kind + "_removed") == quiet.stat(kind + "_found"))
        }
        try application.checkAll()
        expectNoOrphans(try host.snapshot())
        let (_, after) = try janitors.runInQuiet("--dry-run")
        #expect(after.consistency == "good")
        let rest = ["orphaned_sessions", "orphaned_pointers", "orphaned_companions", "orphaned_presence_keys"]
        for kind in rest + ["expired_sessions", "unindexed_sessions"] { #expect(after.stat(kind + "_found") == 0) }
        #expect(after.stat("valid_sessions_found") == application.sessions.count)
        #expect(after.stat("sessions_checked") == application.sessions.count)
    }

    /// No more was reported as removed than what is not there.
    private func expectTrueNumbers(_ keys: [Bytes: StoredKey]) {
        let entries = keys.values.reduce(0) { $0 + ($1.identifiers?.count ?? 0) }
        let dependents = keys.count { key, _ in
            ["appauth:tok:", "appauth:csrf:", "appauth:on:"].contains { key.text.hasPrefix($0) }
        }
        let fields = keys.values.count { $0.fields["current"] != nil }
        #expect(tally[.entriesRemoved] <= tally[.entriesWritten] - entries + tally[.resent])
        if !scene.isHardOnTTLs {
            #expect(tally[.dependentsRemoved] <= tally[.dependentsWritten] - dependents - fields + tally[.resent])
        }
    }

    private func expectNoOrphans(_ keys: [Bytes: StoredKey]) {
        let sessions = application.sessions.all
        let things = Set(sessions.flatMap { session in PlayedThing.allCases.map { $0.key(of: session) } })
        let orphans = keys.filter { key, stored in
            if let ids = stored.identifiers { return !ids.allSatisfy { keys[Appauth.session($0)] != nil } }
            if let id = stored.fields["current"] { return keys[Appauth.session(id)] == nil }
            if !stored.fields.isEmpty, stored.fields["name"] != nil { return false }
            return key != Unattended.lockKey && !key.text.hasPrefix("appauth:sess:") && !things.contains(key)
        }
        #expect(orphans.count == 0, "\(orphans.prefix(5))")
    }
}

extension StoredKey {
    fileprivate var fields: [Bytes: Bytes] { if case .hash(let fields) = content { fields } else { [:] } }
}
