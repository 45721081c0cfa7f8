import Foundation

/// The files of this checkout.
public enum Repository {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let manual = "Sources/session-janitor/Documentation.docc/"
    public static let frontPages = ["README.md", manual + "zh-CN.md"]

    /// The front page, the manual's articles and the page on what gets installed.
    public static func documents() throws -> [String] {
        let articles = try FileManager.default.contentsOfDirectory(atPath: path(manual)).filter { $0.hasSuffix(".md") }
        return ["README.md", "crons/README.md"] + articles.sorted().map { manual + $0 }
    }

    public static func path(_ file: String) -> String { root.appendingPathComponent(file).path }

    public static func text(_ file: String) throws -> String {
        try String(contentsOfFile: path(file), encoding: .utf8)
    }

    public static func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path(file)) }

    /// The text of every Swift file in a folder.
    public static func sources(in folder: String) throws -> [(file: String, text: String)] {
        let files = FileManager.default.enumerator(atPath: path(folder))?.compactMap { $0 as? String } ?? []
        return try files.filter { $0.hasSuffix(".swift") }.map { ($0, try text("\(folder)/\($0)")) }
    }
}
