import Foundation

/// The session stores that `make test` installs, so that they themselves write the data of a test.
enum SessionStores {
    private static let package = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
        .dropFirst()
    static let python = "\(package)/.build/stores/venv/bin/python"
    static let flask = "\(package)/Tests/Stores/flask_sessions.py"

    static var areInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }
}
