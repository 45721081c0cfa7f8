import FoundationEssentials
import Glibc
public import RedisClient

/// The first line of a plan file: where a dry run looked, and by which options.
public struct PlanHeader: Codable, Equatable, Sendable {
    static let format = "session-janitor-plan"
    static let version = 1

    var format = PlanHeader.format
    var version = PlanHeader.version
    var toolVersion: String
    /// ISO 8601, UTC.
    public var startedAt: String
    /// The server's address, without who we were to it.
    public var server: String
    var runIdentifier: String?
    var database: Int
    /// The options of the command line that say what is removed, and by which layout.
    public var options: [String]

    enum CodingKeys: String, CodingKey {
        case format, version
        case toolVersion = "tool_version"
        case startedAt = "started_at"
        case server
        case runIdentifier = "run_id"
        case database, options
    }

    public init(toolVersion: String, startedAt: String, connection: any RedisPipeline, options: [String]) {
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        server = connection.endpoint.location
        runIdentifier = connection.server.runIdentifier
        database = connection.endpoint.database
        self.options = options
    }
}

/// One line of a plan file after its header: a removal, as people read it and `apply` finds it again.
private struct PlanLine: Codable {
    var kind: String
    var reason: String
    var key: BackupBytes
    var user: BackupBytes?
    var id: BackupBytes?
    /// Of an entry its member, where that is not the id.
    var member: BackupBytes?
    /// Of a pointer in a hash its field.
    var field: String?
    /// What has to be true when it is removed: for people, as ``kind`` and ``reason`` tell it already.
    var condition: String
}

/// Why a plan file cannot be written, read or applied; `reason` is the system's own word.
public enum PlanError: Error, Equatable, Sendable {
    case cannotWrite(path: String, reason: String)
    case notAPlan(path: String)
    /// Written by a later version.
    case unknownVersion(path: String, version: Int)
    /// A line that this version cannot read, or that names no key of the layout: nothing of the file is applied.
    case badLine(path: String, line: Int)
    case madeElsewhere(path: String, server: String, database: Int)
}

extension CleanupPlan {
    /// Writes the plan to a file that only its owner can read, in place of an earlier one once it is whole.
    public func write(to path: String, _ header: PlanHeader, _ layout: Layout) throws {
        let encoder = BackupLine.encoder()
        let lineBreak = [UInt8(ascii: "\n")]
        try WholeFile.write(path) { append in
            try append(encoder.encode(header) + lineBreak)
            var names = RemovalNames(layout)
            try forEach(layout) { try append(encoder.encode(PlanLine($0, layout, &names)) + lineBreak) }
        }
    }

    /// Writes the users of whom something is removed as CSV: no id is in it.
    public func writeUsers(to path: String, _ layout: Layout) throws {
        try WholeFile.write(path) { append in
            try append("user,orphans,sessions\n".utf8)
            for user in affectedUsers(layout) {
                let quoted = user.user.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
                try append(Array("\"".utf8) + quoted + Array("\",\(user.orphans),\(user.sessions)\n".utf8))
            }
        }
    }
}

/// Writes a file under another name, and renames it once it is whole and on disk.
private enum WholeFile {
    static func write(_ path: String, _ body: (_ append: (any Sequence<UInt8>) throws -> Void) throws -> Void) throws {
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        func check(_ isDone: Bool) throws(PlanError) {
            guard !isDone else { return }
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { unlink(temporary) }
            throw .cannotWrite(path: path, reason: reason)
        }
        try check(descriptor >= 0)
        defer { close(descriptor) }
        var buffer: [UInt8] = []
        func flush() throws {
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                try check(count > 0 || errno == EINTR)
                rest = rest.dropFirst(max(count, 0))
            }
            buffer.removeAll(keepingCapacity: true)
        }
        try body { bytes in
            buffer += Array(bytes)
            if buffer.count > 64 << 10 { try flush() }
        }
        try flush()
        try check(fsync(descriptor) == 0 && rename(temporary, path) == 0)
    }
}

extension PlanLine {
    init(_ removal: PlannedRemoval, _ layout: Layout, _ names: inout RemovalNames) {
        let (id, user) = names.find(removal.kind, removal.template, removal.key, removal.value)
        kind = removal.kind.name
        reason = removal.reason.name
        key = BackupBytes(removal.key)
        self.user = user.map { BackupBytes($0) }
        self.id = id.map { BackupBytes($0) }
        if removal.kind == .entry, id != removal.value { member = BackupBytes(removal.value) }
        if removal.kind == .pointer { field = layout.pointerKeys[removal.template].field }
        condition =
            switch (removal.kind, removal.reason) {
            case (.ttl, _): "no_ttl"
            case (.session, let reason): "session_\(reason.name)"
            case (.presence, .orphaned): "user_without_session"
            case (_, .orphaned): "session_absent"
            default: "with_its_session"
            }
    }
}

/// What alone a run may remove.
public enum Selection {
    case plan(PlanSelection)
    /// The sessions with these identities, whatever they hold, and what hangs on them.
    case sessions(Set<UInt64>)

    /// Whether the policy's verdict ends this session.
    func allows(_ reason: Removal.Reason, _ template: KeyTemplate, stem: UnsafeRawBufferPointer) -> Bool {
        if case .plan(let plan) = self { plan.lists(.session, reason, template, stem: stem) } else { false }
    }

    /// Whether a session goes whatever it holds.
    func revokes(_ session: UInt64) -> Bool {
        if case .sessions(let sessions) = self { sessions.contains(session) } else { false }
    }
}

/// The removals that a plan file lists: those that are left of it, if it was edited by hand.
public final class PlanSelection {
    public let path: String
    public let header: PlanHeader
    /// Of each removal the hash of what it changes, and why.
    private let removals = IdentifierSet()
    public var count: Int { removals.count }

    /// Reads the header alone; ``read(_:)`` has to follow.
    public init(path: String) throws {
        self.path = path
        let file = try LineFile(path: path)
        guard let line = try file.next()?.line, let form = PlanSelection.decode(FileForm.self, line),
            form.format == PlanHeader.format
        else { throw PlanError.notAPlan(path: path) }
        guard form.version == PlanHeader.version else {
            throw PlanError.unknownVersion(path: path, version: form.version)
        }
        guard let header = PlanSelection.decode(PlanHeader.self, line) else { throw PlanError.notAPlan(path: path) }
        self.header = header
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(line))
    }

    /// Reads all removals; one that is not of the layout refuses the whole file.
    public func read(_ layout: Layout) throws {
        let file = try LineFile(path: path)
        _ = try file.next()
        var number = 1
        while let (line, _) = try file.next() {
            number += 1
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) else { continue }
            guard let removal = PlanSelection.decode(PlanLine.self, line).flatMap({ PlanSelection.hash($0, layout) })
            else { throw PlanError.badLine(path: path, line: number) }
            _ = removals.insert(removal)
        }
    }

    /// Refuses another server or database than the plan's.
    func requireSameServer(_ connection: any RedisPipeline) throws(PlanError) {
        guard connection.isServer(header.server, header.runIdentifier), header.database == connection.endpoint.database
        else { throw .madeElsewhere(path: path, server: header.server, database: header.database) }
    }

    private static func hash(_ line: PlanLine, _ layout: Layout) -> UInt64? {
        guard let kind = Removal.Kind.allCases.first(where: { $0.name == line.kind }),
            let reason = Removal.Reason.allCases.first(where: { $0.name == line.reason })
        else { return nil }
        let templates =
            switch kind {
            case .entry: layout.indexKeys.map(\.template)
            case .session: layout.sessionKeys
            case .pointer: layout.pointerKeys.filter { $0.field == line.field }.map(\.template)
            case .companion: layout.companionKeys
            case .presence: layout.presenceKeys.map(\.template)
            case .ttl: layout.sessionKeys + layout.presenceKeys.map(\.template)
            }
        let member = line.member ?? line.id
        guard kind != .entry || member != nil,
            line.key.bytes.withUnsafeBytes({ key in templates.contains { $0.matches(key) } })
        else { return nil }
        let part = kind == .entry ? member?.bytes ?? [] : Array((line.field ?? "").utf8)
        return hash(kind, reason, line.key.bytes, part)
    }

    /// `part` is an entry's member, or the field of a pointer.
    private static func hash(
        _ kind: Removal.Kind, _ reason: Removal.Reason, _ key: [UInt8], _ part: [UInt8]
    ) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(reason)
        hasher.combine(key)
        hasher.combine(part)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Whether the file lists this removal, whose key has this template and stem.
    func lists(
        _ kind: Removal.Kind, _ reason: Removal.Reason, _ template: KeyTemplate, stem: some Collection<UInt8>,
        _ part: some Sequence<UInt8> = []
    ) -> Bool {
        removals.contains(PlanSelection.hash(kind, reason, template.key(stem: stem), Array(part)))
    }
}

extension RedisPipeline {
    /// Whether this is the server with that address, the same process under another name, or the cluster of that node.
    func isServer(_ address: String, _ runIdentifier: String?) -> Bool {
        if address == endpoint.location || (runIdentifier != nil && runIdentifier == server.runIdentifier) {
            return true
        }
        return isCluster
            && topology.addresses.contains { node in
                var other = endpoint
                other.address = .tcp(host: node.host, port: node.port)
                return other.location == address
            }
    }
}
