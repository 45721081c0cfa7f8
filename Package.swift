// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "session-janitor",
    products: [
        .executable(name: "session-janitor", targets: ["session-janitor"])
    ],
    targets: [
        // hiredis, from the system; RedisClient is the only target that imports it.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(name: "RedisClient", dependencies: ["CHiredis"], swiftSettings: strict),
        .target(name: "SessionJanitor", dependencies: ["RedisClient"], swiftSettings: strict),
        .target(
            name: "JanitorCommand", dependencies: ["RedisClient", "SessionJanitor"], swiftSettings: strict),
        .executableTarget(name: "session-janitor", dependencies: ["JanitorCommand"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
