import Foundation

/// The session stores that `make test` installs, so that they themselves write the data of a test.
enum SessionStores {
    private static let package = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
        .dropFirst()
    static let python = "\(package)/.build/stores/venv/bin/python"
    static let flask = "\(package)/Tests/Stores/flask_sessions.py"

    static let libraries = "\(package)/Tests/Stores/libraries.py"

    /// Whether a package is among them: an environment may be older than the list of what belongs into it.
    static func has(_ name: String) -> Bool {
        let folder = "\(package)/.build/stores/venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return versions.contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)/site-packages/\(name)") }
    }

    static var areInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }
}
