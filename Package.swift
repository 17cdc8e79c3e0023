// swift-tools-version: 6.1
import PackageDescription

// The target graph below is the architecture: who may import whom, downwards only.
// `swift build --explicit-target-dependency-import-check error` and Tests/ArchitectureTests keep it true.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// For what serves calls: glibc's malloc keeps seven blocks of a size at hand, a burst of calls frees hundreds, and the way round costs an
/// echo a tenth of its instructions (callgrind). Names nothing in C: linking it is enough.
let fastAllocator: [LinkerSetting] = [.linkedLibrary("jemalloc", .when(platforms: [.linux]))]

// MARK: Dependencies by short name

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let metricsTestKit: Target.Dependency = .product(name: "MetricsTestKit", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

// MARK: Shapes that repeat

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(name)", exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
    swiftSettings: strict)
}

/// A service is a library `Name` at services/name plus a thin executable target `NameMain` at services/name/Main.
func service(_ folder: String, ownsDatabase: Bool) -> [Target] {
  let name = folder.prefix(1).uppercased() + folder.dropFirst()
  var dependencies: [Target.Dependency] = ["ServiceKit", "PatronAPI", "GoogleProto", "ProtobufC", "RPC", logging, metrics, argumentParser]
  if ownsDatabase { dependencies.append("Database") } else { dependencies.append(crypto) }
  return [
    .target(
      name: name, dependencies: dependencies, path: "services/\(folder)", exclude: ["Main", "README.md"],
      resources: ownsDatabase ? [.embedInCode("migrations")] : [], swiftSettings: strict),
    .executableTarget(
      name: "\(name)Main", dependencies: [.byName(name: name), "ServiceKit"], path: "services/\(folder)/Main", swiftSettings: strict,
      linkerSettings: fastAllocator),
  ]
}

let package = Package(
  name: "patron",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "identity", targets: ["IdentityMain"]),
    .executable(name: "loyalty", targets: ["LoyaltyMain"]),
    .executable(name: "campaign", targets: ["CampaignMain"]),
    .executable(name: "inventory", targets: ["InventoryMain"]),
    .executable(name: "gateway", targets: ["GatewayMain"]),
    .executable(name: "patron", targets: ["PatronCLI"]),
    .executable(name: "echo-server", targets: ["EchoServer"]),
    .executable(name: "echo-client", targets: ["EchoClient"]),
    .executable(name: "echo-service", targets: ["EchoApp"]),
    .executable(name: "rpc-interop", targets: ["RPCInterop"]),
    .executable(name: "storage-bench", targets: ["StorageBench"]),
    .executable(name: "loyalty-bench", targets: ["LoyaltyBench"]),
    .executable(name: "rpc-fuzz", targets: ["RPCFuzz"]),
    .executable(name: "tally", targets: ["Tally"]),
    .library(name: "RPC", targets: ["RPC", "RPCTransport"]),
    .library(name: "PatronAPI", targets: ["PatronAPI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // MARK: C libraries, one door each
    systemLibrary("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    systemLibrary("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    systemLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    systemLibrary("CPostgreSQL", pkgConfig: "libpq", apt: "libpq-dev"),

    // MARK: Messages
    library("ProtobufC", ["CProtobufC"]),
    .target(name: "CGoogleProto", dependencies: ["CProtobufC"], path: "Sources/CGoogleProto"),
    library("GoogleProto", ["ProtobufC", "CProtobufC", "CGoogleProto"]),
    .target(name: "CPatronProto", dependencies: ["CProtobufC", "CGoogleProto"], path: "Sources/CPatronProto"),
    library("PatronAPI", ["RPC", "ProtobufC", "CProtobufC", "GoogleProto", "CPatronProto", "CGoogleProto"]),

    // MARK: RPC runtime
    library("HTTP2", ["CNghttp2"]),
    library("RPC", ["GoogleProto", "ProtobufC", "CZlib", logging]),
    library(
      "RPCTransport", ["RPC", "HTTP2", nioCore, nioPosix, nioHTTP1, nioTLS, nioSSL, logging, metrics, deque]),

    // MARK: Storage and what services share
    library("Database", ["CSQLite", "CPostgreSQL", crypto, logging, metrics, deque], exclude: ["README.md"]),
    library(
      "ServiceKit",
      [
        "PatronAPI", "GoogleProto", "Database", "RPC", "RPCTransport", "ProtobufC", logging, metrics, lifecycle, unixSignals,
        argumentParser, crypto,
      ]),
    library("ServiceTesting", ["ServiceKit", "PatronAPI", "GoogleProto", "Database", "RPC", "RPCTransport", logging, metrics]),

    // MARK: The command line and the benchmarks' own programs
    .executableTarget(
      name: "PatronCLI",
      dependencies: [
        "ServiceKit", "PatronAPI", "GoogleProto", "ProtobufC", "RPC", "RPCTransport", argumentParser, logging, unixSignals, crypto,
        histogram,
      ],
      path: "Sources/patron", resources: [.copy("Resources")], swiftSettings: strict),
    .target(name: "CEchoProto", dependencies: ["CProtobufC"], path: "Benchmarks/CEchoProto"),
    .target(
      name: "Echo", dependencies: ["CEchoProto", "RPC", "ProtobufC", "CProtobufC"], path: "Benchmarks/Echo", swiftSettings: strict),
    .executableTarget(
      name: "EchoServer", dependencies: ["Echo", "RPCTransport"], path: "Benchmarks/EchoServer", swiftSettings: strict,
      linkerSettings: fastAllocator),
    .executableTarget(
      name: "EchoApp", dependencies: ["Echo", "RPC", "ServiceKit"], path: "Benchmarks/EchoApp", swiftSettings: strict,
      linkerSettings: fastAllocator),
    .executableTarget(
      name: "EchoClient", dependencies: ["Echo", "RPC", "RPCTransport", argumentParser], path: "Benchmarks/EchoClient",
      swiftSettings: strict, linkerSettings: fastAllocator),
    .executableTarget(
      name: "StorageBench", dependencies: ["Database", "CSQLite", "StorageFaults", argumentParser], path: "Benchmarks/StorageBench",
      swiftSettings: strict),
    .executableTarget(
      name: "LoyaltyBench",
      dependencies: ["Loyalty", "ServiceTesting", "PatronAPI", "GoogleProto", "RPC", "CSQLite", "Database", argumentParser],
      path: "Benchmarks/LoyaltyBench", swiftSettings: strict, linkerSettings: fastAllocator),
    .executableTarget(
      name: "Tally", dependencies: ["ServiceKit", "Database", "RPC"], path: "Tests/Tally", swiftSettings: strict),
    .target(name: "StorageFaults", dependencies: ["CSQLite"], path: "Tests/StorageFaults", swiftSettings: strict),
  ]
    + service("identity", ownsDatabase: true)
    + service("loyalty", ownsDatabase: true)
    + service("campaign", ownsDatabase: true)
    + service("inventory", ownsDatabase: true)
    + service("gateway", ownsDatabase: false)
    + [
      .target(name: "CInteropProto", dependencies: ["CProtobufC", "CGoogleProto"], path: "Tests/Interop/CInteropProto"),
      .target(
        name: "InteropProto", dependencies: ["RPC", "ProtobufC", "CProtobufC", "GoogleProto", "CGoogleProto", "CInteropProto"],
        path: "Tests/Interop/InteropProto", swiftSettings: strict),
      .executableTarget(
        name: "RPCInterop",
        dependencies: ["InteropProto", "RPC", "RPCTransport", "ProtobufC", "GoogleProto", argumentParser, logging],
        path: "Tests/Interop/RPCInterop", swiftSettings: strict),
      .target(name: "CTestingProto", dependencies: ["CProtobufC", "CGoogleProto"], path: "Tests/CTestingProto"),
      tests(
        "ProtobufCTests", ["ProtobufC", "CProtobufC", "GoogleProto", "CGoogleProto", "CTestingProto", "PatronAPI", "RPC"],
        exclude: ["proto", "golden.py"]),
      tests("HTTP2Tests", ["HTTP2"]),
      tests("RPCTests", ["RPC", "PatronAPI", "GoogleProto", "ProtobufC"]),
      tests(
        "RPCTransportTests",
        [
          "RPCTransport", "RPC", "HTTP2", "ServiceTesting", "GoogleProto", "ProtobufC", nioCore, nioPosix, nioSSL, nioEmbedded, logging,
          metricsTestKit,
        ],
        resources: [.copy("Certificates")]),
      tests("DatabaseTests", ["Database", "StorageFaults", "CSQLite"]),
      tests(
        "ServiceKitTests",
        [
          "ServiceKit", "ServiceTesting", "PatronAPI", "GoogleProto", "RPC", "RPCTransport", "Database", "ProtobufC", "Tally", logging,
          metrics, argumentParser, unixSignals,
        ]),
      tests("IdentityTests", ["Identity", "ServiceTesting", "ServiceKit", "PatronAPI", "GoogleProto", "RPC", "Database", metrics]),
      tests("LoyaltyTests", ["Loyalty", "ServiceTesting", "ServiceKit", "PatronAPI", "GoogleProto", "RPC", "Database"]),
      tests("CampaignTests", ["Campaign", "ServiceTesting", "ServiceKit", "PatronAPI", "GoogleProto", "RPC", "Database"]),
      tests("InventoryTests", ["Inventory", "ServiceTesting", "ServiceKit", "PatronAPI", "GoogleProto", "RPC", "Database"]),
      tests(
        "GatewayTests",
        [
          "Gateway", "Identity", "Loyalty", "Campaign", "Inventory", "ServiceTesting", "ServiceKit", "PatronAPI", "GoogleProto", "RPC",
          "RPCTransport", "Database", logging,
        ]),
      tests("PatronCLITests", ["PatronCLI", "ServiceKit", "PatronAPI", "GoogleProto", "ProtobufC", "RPC"]),
      tests(
        "SystemTests",
        [
          "Gateway", "Identity", "Loyalty", "Campaign", "Inventory", "ServiceKit", "Database", "CSQLite", "PatronAPI", "GoogleProto", "RPC",
          "RPCTransport", "ProtobufC", "Tally", logging,
        ], exclude: ["Fixtures"]),
      .target(
        name: "FuzzTargets",
        dependencies: [
          "InteropProto", "PatronAPI", "GoogleProto", "CGoogleProto", "ProtobufC", "CProtobufC", "HTTP2", "RPC", "RPCTransport", logging,
        ],
        path: "Tests/Fuzz/FuzzTargets", swiftSettings: strict),
      .executableTarget(
        name: "RPCFuzz", dependencies: ["FuzzTargets", argumentParser], path: "Tests/Fuzz/RPCFuzz", swiftSettings: strict),
      tests("FuzzTests", ["FuzzTargets"]),
      tests("HostileTests", ["InteropProto", "HTTP2", "RPC", "RPCTransport", "ProtobufC"]),
      tests("ArchitectureTests", []),
    ],
  swiftLanguageModes: [.v6]
)
