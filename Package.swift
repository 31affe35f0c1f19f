// swift-tools-version: 6.2
import PackageDescription

/// The strict settings of every target of this package.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Of tests, which are compiled without optimisation in a release build, too: what they test is optimised as it is shipped, and
/// optimising the tests themselves takes three times as long as compiling them. One job a module: nothing waits for what a second
/// one would write first.
let unoptimised: [SwiftSetting] = strict + [.unsafeFlags(["-Onone", "-no-emit-module-separately-wmo"])]

/// A room of the house: a module under Sources/. What it may import is the plan in Tests/HouseTests/Rooms.swift.
func room(
    _ name: String, _ rooms: [Target.Dependency] = [], products: [Target.Dependency] = [],
    plugins: [Target.PluginUsage] = []
) -> Target {
    .target(name: name, dependencies: rooms + products, swiftSettings: strict, plugins: plugins)
}

/// The tests of a room.
func tests(
    _ name: String, _ rooms: [Target.Dependency] = [], products: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: rooms + products + ["TestSupport"], exclude: exclude,
        swiftSettings: unoptimised)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nio: [Target.Dependency] =
    ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOWebSocket"].map {
        .product(name: $0, package: "swift-nio")
    } + [.product(name: "NIOSSL", package: "swift-nio-ssl")]
let server: [Target.Dependency] =
    ["NIOCore", "NIOHTTP1", "NIOPosix"].map {
        .product(name: $0, package: "swift-nio")
    } + [.product(name: "NIOSSL", package: "swift-nio-ssl")]
let http = nio + [.product(name: "AsyncHTTPClient", package: "async-http-client")]
let httpOnly: [Target.Dependency] =
    ["NIOCore", "NIOHTTP1", "NIOPosix"].map {
        .product(name: $0, package: "swift-nio")
    } + [
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
    ]

let package = Package(
    name: "exhibit",
    products: [.executable(name: "exhibit", targets: ["exhibit"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        // Without its default trait, which would bring Foundation and its 50 MB of ICU.
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMemory"),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        room("StructuredText"),
        room("Rows", ["StructuredText"]),
        room("Patterns", ["CPCRE2"]),
        room("Terminal"),
        room("Cryptography", ["COpenSSL"]),
        room("HTML", ["Cryptography", "Terminal"]),
        room("Archive", ["CArchive", "CDeflate", "CZlib", "CZstd"]),
        room("BundleFormat", ["Cryptography", "StructuredText"]),
        room("Bundle", ["Archive", "BundleFormat", "Cryptography", "StructuredText"]),
        room("SQLite", ["CSQLite"]),
        room("Timestamping", products: httpOnly),
        room("Settings", ["StructuredText"], products: [yams]),
        room("Programs", ["CMemory"], products: [subprocess]),
        room("KubernetesClient", ["Programs", "StructuredText"], products: http + [yams]),
        room("Probes", ["CTLS"], products: httpOnly),
        room("LinuxHost", ["CLinux", "Cryptography", "Programs", "StructuredText"]),
        room(
            "Collection", ["Bundle", "BundleFormat", "Cryptography", "Rows", "StructuredText"], products: [yams],
            plugins: ["EmbedCollectorsPlugin"]),
        room(
            "CollectorSteps",
            [
                "Archive", "BundleFormat", "Collection", "Cryptography", "KubernetesClient", "LinuxHost", "Probes",
                "Programs", "StructuredText",
            ]),
        room(
            "Inspection",
            [
                "Archive", "Bundle", "BundleFormat", "Collection", "Cryptography", "Patterns", "Rows", "SQLite",
                "StructuredText",
            ],
            products: [yams]),
        room("OfflineServer", ["Cryptography", "Inspection", "Rows", "SQLite", "StructuredText"], products: server),
        room(
            "ExhibitCommands",
            [
                "Archive", "Bundle", "BundleFormat", "Collection", "CollectorSteps", "Cryptography", "HTML",
                "Inspection", "KubernetesClient", "LinuxHost", "OfflineServer", "Patterns", "Programs", "Rows",
                "SQLite", "Settings", "StructuredText", "Terminal", "Timestamping",
            ], products: [argumentParser]),
        .executableTarget(name: "exhibit", dependencies: ["ExhibitCommands", argumentParser], swiftSettings: strict),

        .executableTarget(name: "CollectorEmbedder", swiftSettings: strict),
        .plugin(
            name: "EmbedCollectorsPlugin", capability: .buildTool(), dependencies: ["CollectorEmbedder"],
            path: "Sources/EmbedCollectorsPlugin"),

        // What tests of several rooms need.
        .target(name: "TestSupport", path: "Tests/TestSupport", exclude: ["authority.py"], swiftSettings: strict),
        tests("House"),
        tests("StructuredText", ["StructuredText"]),
        tests("Rows", ["Rows", "StructuredText"]),
        tests("Patterns", ["Patterns"]),
        tests("Terminal", ["Terminal"]),
        tests("Cryptography", ["Cryptography"]),
        tests("HTML", ["HTML", "Terminal"]),
        tests("Archive", ["Archive"]),
        tests(
            "BundleFormat", ["BundleFormat", "Cryptography", "StructuredText"], exclude: ["reference.py", "golden.txt"]),
        tests(
            "Bundle", ["Archive", "Bundle", "BundleFormat", "Cryptography", "StructuredText"], exclude: ["Golden"]),
        tests("SQLite", ["SQLite"]),
        tests("Timestamping", ["Timestamping"]),
        tests("Settings", ["Settings"]),
        tests("Programs", ["Programs"]),
        tests("KubernetesClient", ["KubernetesClient", "StructuredText"], products: nio),
        tests("Probes", ["Probes"]),
        tests("LinuxHost", ["Cryptography", "LinuxHost"]),
        tests("Collection", ["Archive", "Bundle", "BundleFormat", "Collection", "Rows", "StructuredText"]),
        tests(
            "CollectorSteps",
            [
                "Archive", "Bundle", "BundleFormat", "Collection", "CollectorSteps", "Cryptography",
                "KubernetesClient", "LinuxHost", "Probes", "Rows", "StructuredText",
            ], exclude: ["Captured"]),
        tests(
            "Inspection",
            [
                "Archive", "Bundle", "BundleFormat", "Collection", "Inspection", "Patterns", "Rows", "SQLite",
                "StructuredText",
            ]),
        tests(
            "OfflineServer",
            [
                "Archive", "Bundle", "BundleFormat", "Collection", "Cryptography", "Inspection", "OfflineServer",
                "Rows",
                "SQLite", "StructuredText",
            ]),
        tests("ExhibitCommands", exclude: ["StandIns", "Transcripts", "Vectors"]),
    ]
)
