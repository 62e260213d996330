// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// What applications and other packages may use.
let libraries = [
    "Gatehouse", "GatehouseAccounts", "GatehouseClient", "GatehouseCommandLine", "GatehouseConsole", "GatehouseCore", "GatehouseProxy",
    "GatehouseServer", "GatehouseSQLite", "GatehouseStore", "GatehouseTesting", "GatehouseTokens",
]

let package = Package(
    name: "gatehouse",
    platforms: [.macOS(.v15)],
    products: libraries.map { .library(name: $0, targets: [$0]) } + [.executable(name: "gatehouse", targets: ["GatehouseCommand"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
        .target(name: "GatehouseCore", swiftSettings: settings),
        .target(name: "GatehouseTokens", dependencies: ["GatehouseCore", crypto, cryptoExtras], swiftSettings: settings),
        .target(name: "GatehouseStore", dependencies: ["GatehouseCore"], swiftSettings: settings),
        .target(
            name: "GatehouseClient", dependencies: ["GatehouseCore", "GatehouseTokens", asyncHTTPClient, nioCore, nioHTTP1, nioSSL],
            swiftSettings: settings),
        .target(name: "GatehouseSQLite", dependencies: ["GatehouseCore", "GatehouseStore", grdb], swiftSettings: settings),
        .target(
            name: "GatehouseAccounts",
            dependencies: ["CSodium", "GatehouseCore", "GatehouseStore", "GatehouseTokens", crypto, nioPosix, serviceLifecycle],
            swiftSettings: settings),
        .target(
            name: "Gatehouse",
            dependencies: [
                "GatehouseAccounts", "GatehouseCore", "GatehouseStore", "GatehouseTokens", httpTypes, hummingbird, hummingbirdCore, logging,
                nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, serviceLifecycle,
            ],
            swiftSettings: settings),
        .target(
            name: "GatehouseProxy",
            dependencies: [
                "Gatehouse", "GatehouseCore", httpTypes, hummingbird, hummingbirdCore, logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle,
                subprocess, systemPackage,
            ],
            swiftSettings: settings),
        .target(
            name: "GatehouseCommandLine",
            dependencies: ["Gatehouse", "GatehouseCore", argumentParser, hummingbird, logging, serviceLifecycle, unixSignals], swiftSettings: settings
        ),
        .target(
            name: "GatehouseConsole", dependencies: ["Gatehouse", httpTypes, hummingbird, mustache, nioCore], swiftSettings: settings),
        .target(
            name: "GatehouseServer",
            dependencies: [
                "Gatehouse", "GatehouseClient", "GatehouseConsole", "GatehouseCore", "GatehouseProxy", "GatehouseSQLite", "GatehouseTokens",
                httpTypes, hummingbird, logging, nioCore, nioPosix, serviceLifecycle, unixSignals, yams,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "GatehouseCommand", dependencies: ["Gatehouse", "GatehouseCommandLine", "GatehouseCore", "GatehouseServer", argumentParser],
            swiftSettings: settings),
        .target(name: "GatehouseTesting", dependencies: ["GatehouseCore", "GatehouseStore"], swiftSettings: settings),

        .executableTarget(
            name: "orders", dependencies: ["Gatehouse", "GatehouseCommandLine", "GatehouseSQLite", hummingbird], path: "Examples/orders",
            swiftSettings: settings),

        .testTarget(name: "GatehouseCoreTests", dependencies: ["GatehouseCore"], swiftSettings: settings),
        .testTarget(
            name: "GatehouseTokensTests", dependencies: ["GatehouseCore", "GatehouseTokens", crypto, cryptoExtras],
            exclude: ["pyjwt_interop.py", "Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "GatehouseClientTests",
            dependencies: ["GatehouseClient", "GatehouseCore", "GatehouseTokens", nioCore, nioHTTP1, nioPosix, nioSSL], swiftSettings: settings),
        .testTarget(
            name: "GatehouseStoreTests", dependencies: ["GatehouseCore", "GatehouseSQLite", "GatehouseStore", "GatehouseTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "GatehouseAccountsTests",
            dependencies: [
                "GatehouseAccounts", "GatehouseCore", "GatehouseSQLite", "GatehouseStore", "GatehouseTesting", "GatehouseTokens", logging,
                serviceLifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "GatehouseTests",
            dependencies: [
                "Gatehouse", "GatehouseConsole", "GatehouseSQLite", httpTypes, hummingbird, hummingbirdTesting, logging, nioCore, "orders",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "GatehouseProxyTests",
            dependencies: [
                "Gatehouse", "GatehouseCore", "GatehouseProxy", "GatehouseSQLite", httpTypes, hummingbird, hummingbirdCore, logging, nioCore,
                nioHTTP1, nioHTTPTypes, nioPosix, serviceLifecycle,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ui-process-host", dependencies: ["GatehouseCore", "GatehouseProxy", logging, nioPosix, serviceLifecycle, unixSignals],
            path: "Tests/UIProcessHost", swiftSettings: settings),
        .testTarget(
            name: "GatehouseProcessTests",
            dependencies: ["GatehouseCore", "GatehouseProxy", "ui-process-host", logging, nioCore, nioPosix, serviceLifecycle],
            swiftSettings: settings),
        .testTarget(
            name: "GatehouseServerTests", dependencies: ["GatehouseCore", "GatehouseProxy", "GatehouseServer", "GatehouseTokens"],
            swiftSettings: settings),
        .testTarget(name: "EndToEndTests", dependencies: ["GatehouseCommand", nioCore, nioPosix], swiftSettings: settings),
    ]
)
