// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that ordinary builds neither fetch nor compile what is only measured against.
// `scripts/bench` also builds the gateway here (`--product gatehouse`), so that one release build serves all measurements.
let package = Package(
    name: "gatehouse-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "gatehouse", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .target(name: "Metering", swiftSettings: settings),
        .executableTarget(
            name: "CheckBenchmark",
            dependencies: [
                "Metering", .product(name: "Crypto", package: "swift-crypto"), .product(name: "GatehouseAccounts", package: "gatehouse"),
                .product(name: "GatehouseCore", package: "gatehouse"), .product(name: "GatehouseSQLite", package: "gatehouse"),
                .product(name: "GatehouseTokens", package: "gatehouse"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "JOSEBenchmark",
            dependencies: [
                "Metering", .product(name: "GatehouseCore", package: "gatehouse"), .product(name: "GatehouseTokens", package: "gatehouse"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "PlainServer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")], swiftSettings: settings),
    ]
)
