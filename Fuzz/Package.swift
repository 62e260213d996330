// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
]
let tokens: [Target.Dependency] = ["GatehouseCore", "GatehouseTokens"]

// A package of its own with the two layers that are fuzzed: the rest of Gatehouse would have to be built with the fuzzer's
// instrumentation too. `scripts/fuzz` builds it; `Sources` links to the real sources.
let package = Package(
    name: "gatehouse-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", from: "4.5.2")],
    targets: [
        .target(name: "GatehouseCore", swiftSettings: settings),
        .target(name: "GatehouseTokens", dependencies: ["GatehouseCore"] + crypto, swiftSettings: settings),
        .executableTarget(name: "APIKeyFuzz", dependencies: tokens + crypto, swiftSettings: settings),
        .executableTarget(name: "ReaderFuzz", dependencies: tokens + crypto, swiftSettings: settings),
        .executableTarget(name: "VerifierFuzz", dependencies: tokens + crypto, swiftSettings: settings),
    ]
)
