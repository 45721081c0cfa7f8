// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "session-janitor",
    targets: [
        // hiredis, from the system; RedisClient is the only target that imports it.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(name: "RedisClient", dependencies: ["CHiredis"], swiftSettings: strict),
        .target(name: "SessionJanitor", dependencies: ["RedisClient"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
