// swift-tools-version: 6.3

// The architecture, drawn as targets. Arrows point one way: Tools → Server → Replay → Projections → Ledger;
// Replay, Server → LogStore → the C targets; Server, Client → Protocol → Ledger. Only tests and campaigns use
// Simulation. LogStore knows nothing of payments.

import PackageDescription

/// One list for every Swift target: the newest language mode, memory safety spelled out, no warning left.
let houseSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Spans that borrow from our own buffers need `@_lifetime`; the language group promises its migration.
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "holdfast",
    products: [
        .library(name: "LogStore", targets: ["LogStore"]),
        .library(name: "HoldfastClient", targets: ["Client", "Protocol", "Ledger"]),
        .executable(name: "holdfast", targets: ["Tools"]),
        .executable(name: "holdfast-bench", targets: ["Benchmarks"]),
    ],
    dependencies: [
        // Sub-commands, help texts and exit codes of the `holdfast` command.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Sockets and event loops of server and client.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // TLS 1.3 on them.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // The log lines, metrics and traces everyone else's code speaks too; where they go is `Telemetry`.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Settings from flags, environment and file, in that order.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        // The file paths it takes.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Start and graceful stop of what runs together.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // HTTP: the admin port; traces on their way to a collector.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // Latencies of the load generator, without coordinated omission.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // OpenSSL 3's libcrypto: SHA-256, AES-256-GCM, AES key wrap, Ed25519, X25519, HKDF.
        .systemLibrary(
            name: "CHoldfastCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // LZ4's block functions for sealed segments and its frame functions for export.
        .systemLibrary(
            name: "CHoldfastLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        // CRC-32C with hardware and table paths, byte-matrix transposition, Linux calls Glibc hides.
        .target(name: "CHoldfastSystem"),

        // Memory that grows without copying, in large pages, and hints to the cache.
        .target(name: "CHoldfastMemory"),

        // Counts allocations by standing in for malloc; only in programs that measure, never in the server.
        .target(name: "CHoldfastAllocations"),

        // Stops the process with a message when the program itself is wrong, in release too.
        .target(name: "Invariants"),
        // The language: money, ids, accounts, events with legs, commands, refusals, the codec of events.
        .target(name: "Ledger", dependencies: ["Invariants"]),
        // The state: tables in flat memory, and what stands on them. Pure.
        .target(name: "Projections", dependencies: ["Ledger", "Invariants", "CHoldfastMemory"]),

        // Bytes on disk: frames, group commit, segments, sealing, recovery, index, proofs, keys, archive.
        .target(
            name: "LogStore",
            dependencies: ["CHoldfastCrypto", "CHoldfastLZ4", "CHoldfastSystem"]),
        // The one place that knows both the state and the log: rebuild, snapshots, start.
        .target(name: "Replay", dependencies: ["Projections", "Ledger", "LogStore", "Invariants"]),
        // What travels between server and clients: frames, handshake, messages. Pure.
        .target(
            name: "Protocol",
            dependencies: ["Ledger", "Invariants", "CHoldfastCrypto", "CHoldfastSystem"]),
        // The ledger behind a socket: connections, inbox, sequencer, replies held until durable.
        .target(
            name: "Server",
            dependencies: [
                "Protocol", "Replay", "Projections", "Ledger", "LogStore", "Invariants", "CHoldfastSystem",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // What a process tells of itself: metrics for Prometheus, health, log lines, traces. No payments.
        .target(
            name: "Telemetry",
            dependencies: [
                "Invariants",
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // How a service talks to it.
        .target(
            name: "Client",
            dependencies: [
                "Protocol", "Ledger", "Invariants",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // A simulated machine: disk, clock, randomness. For tests and campaigns, never for production.
        .target(name: "Simulation", dependencies: ["LogStore"]),
        // A server and its clients on it, on one thread, from a seed: `holdfast sim`.
        .target(
            name: "LedgerSimulation",
            dependencies: [
                "Simulation", "Server", "Client", "Protocol", "Replay", "Projections", "Ledger", "LogStore",
            ]),
        // The `holdfast` command.
        .executableTarget(
            name: "Tools",
            dependencies: [
                "Server", "Client", "LedgerSimulation", "Telemetry", "Protocol", "Replay", "Projections",
                "Ledger", "Invariants", "LogStore", "CHoldfastLZ4",
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),

        // What the log costs on this machine, beside what the machine could do: `make bench`.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "LogStore", "Projections", "Ledger", "Replay", "CHoldfastAllocations", "CHoldfastSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks"),

        // Events, fixtures and models that tests, campaigns and benchmarks share.
        .target(
            name: "TestSupport", dependencies: ["LogStore", "Ledger", "Simulation"],
            path: "Tests/TestSupport"),
        // One life of a process with a log, to be killed by Tests/Process.
        .executableTarget(
            name: "crash-worker", dependencies: ["LogStore", "TestSupport"], path: "Tests/CrashWorker"),
        // A second ledger, written from docs/commands.md to compare the first with: it must never see it.
        .target(name: "LedgerModel", dependencies: ["Ledger"], path: "Tests/LedgerModel"),
        // Small spaces of the two side by side, walked to their end.
        .target(
            name: "LedgerSpaces", dependencies: ["LedgerModel", "Ledger", "Projections", "TestSupport"],
            path: "Tests/LedgerSpaces"),
        .testTarget(
            name: "LedgerModelTests", dependencies: ["LedgerModel", "LedgerSpaces", "Ledger", "Projections"]),
        // Long checks that exhaust a space: every crash, every flip. One list, run by `holdfast-prove`.
        .target(
            name: "Campaigns",
            dependencies: [
                "LogStore", "Ledger", "LedgerModel", "LedgerSimulation", "LedgerSpaces", "Projections",
                "Replay", "Simulation", "TestSupport", "CHoldfastAllocations",
            ],
            path: "Tests/Campaigns"),
        // The `holdfast-prove` command.
        .executableTarget(
            name: "holdfast-prove",
            dependencies: [
                "Campaigns",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Prove"),
        // A small share of every campaign.
        .testTarget(
            name: "CampaignTests", dependencies: ["Campaigns", "LogStore", "Simulation", "TestSupport"]),
        .testTarget(name: "LogStoreTests", dependencies: ["LogStore", "Simulation", "TestSupport"]),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger"], exclude: ["Golden"]),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: [
                "Projections", "Ledger", "LedgerModel", "LedgerSpaces", "Simulation", "TestSupport",
            ], exclude: ["Golden"]),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "Campaigns", "Replay", "Projections", "Ledger", "LogStore", "Invariants", "Simulation",
                "TestSupport",
            ], exclude: ["Golden"]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"]),
        .testTarget(
            name: "ProtocolTests", dependencies: ["Protocol", "Ledger", "Simulation", "TestSupport"],
            exclude: ["Golden"]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Client", "LedgerSimulation", "Protocol", "Replay", "Projections", "Ledger",
                "LogStore", "Simulation", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "Server", "Tools", "Client", "Protocol", "Ledger", "LogStore", "TestSupport",
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),

        // Decoders of hostile bytes: one list for libFuzzer, for replay, and for the tests. `scripts/fuzz`
        // links libFuzzer in; without it the executable replays files.
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .target(
            name: "FuzzDecoders",
            dependencies: [
                "LogStore", "Simulation", "CHoldfastLZ4", "Server", "Client", "Protocol", "Replay",
                "Projections", "Ledger",
            ],
            path: "Tests/Fuzz/Decoders"),
        .executableTarget(
            name: "holdfast-fuzz", dependencies: ["FuzzDecoders", "CFuzzer"], path: "Tests/Fuzz/Runner"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzDecoders", "CFuzzer"]),
        .testTarget(
            name: "AllocationTests",
            dependencies: [
                "LogStore", "Ledger", "Projections", "Simulation", "TestSupport", "CHoldfastAllocations",
            ]),
        .testTarget(
            name: "ToolsTests",
            dependencies: [
                "Tools", "Ledger", "LogStore", "Simulation", "TestSupport", "CHoldfastLZ4",
            ]),
        // House rules a compiler does not know, checked over the text of the repository.
        .testTarget(name: "HouseTests"),
    ]
)

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    if target.name.hasPrefix("CHoldfast") || target.name == "CFuzzer" { continue }
    target.swiftSettings = houseSettings
}
