// swift-tools-version: 6.2
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
        // hiredis and OpenSSL, from the system; RedisClient is the only target that imports them.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .target(name: "RedisClient", dependencies: ["CHiredis", "COpenSSL"], swiftSettings: strict),
        .target(name: "SessionJanitor", dependencies: ["RedisClient"], swiftSettings: strict),
        .target(
            name: "JanitorCommand", dependencies: ["RedisClient", "SessionJanitor"], swiftSettings: strict),
        .executableTarget(name: "session-janitor", dependencies: ["JanitorCommand"], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["RedisClient"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(name: "RedisClientTests", dependencies: ["RedisClient", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SessionJanitorTests", dependencies: ["SessionJanitor", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "JanitorCommandTests", dependencies: ["JanitorCommand", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["RedisClient", "SessionJanitor", "TestSupport", "session-janitor"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
