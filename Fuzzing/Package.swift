// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Coverage for libFuzzer and the address sanitizer; `@testable import` reaches what a room does not show.
let instrumented: [SwiftSetting] = strict + [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]

/// A room of the house, by a link: a target must lie inside its package.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Rooms/\(name)", exclude: exclude, swiftSettings: instrumented)
}

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

let package = Package(
    name: "exhibit-fuzzing",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    ],
    targets: [
        .systemLibrary(name: "CArchive", path: "Rooms/CArchive", pkgConfig: "libarchive"),
        .systemLibrary(name: "COpenSSL", path: "Rooms/COpenSSL", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CLinux", path: "Rooms/CLinux"),
        .systemLibrary(name: "CDeflate", path: "Rooms/CDeflate", pkgConfig: "libdeflate"),
        .systemLibrary(name: "CZstd", path: "Rooms/CZstd", pkgConfig: "libzstd"),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib"),

        room("StructuredText"),
        room("Rows", ["StructuredText"]),
        room("Cryptography", ["COpenSSL"]),
        room("Archive", ["CArchive", "CDeflate", "CZlib", "CZstd"]),
        room("BundleFormat", ["Cryptography", "StructuredText"]),
        room("Bundle", ["Archive", "BundleFormat", "Cryptography", "StructuredText"]),
        // Two parts of it start programs, which needs another package.
        room(
            "LinuxHost", ["CLinux", "Cryptography", "StructuredText"],
            exclude: ["Logs/JournalReader.swift", "Netlink/Netfilter/LegacyTables.swift"]),

        // What reads definitions of collectors; all else runs them.
        room(
            "Collection", ["Bundle", "BundleFormat", "Rows", "StructuredText", "Yams"],
            exclude: [
                "Definitions/CollectorCatalog.swift", "Definitions/CollectorCatalog+Values.swift",
                "Definitions/Tables/RecordedTables.swift", "Definitions/Findings/RecordedFindings.swift",
            ]),

        // What reads kubeconfig files and the frames of an exec; all else needs the network.
        room("KubernetesClient", ["StructuredText", "Yams", nio("NIOCore"), nio("NIOWebSocket")]),

        // What reads tar streams of containers and plugins; all else captures.
        room("CollectorSteps", ["LinuxHost"]),

        // What reads answers of name servers; all else dials.
        room("Probes"),

        // What finds literals, without PCRE2.
        room("Patterns"),

        // What opens captures of other tools, and hunts in files of them; all else asks the database.
        room("Inspection", ["Archive", "Bundle", "Cryptography", "Patterns", "StructuredText"]),

        .target(name: "OneThread"),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Archive", "Bundle", "BundleFormat", "CDeflate", "CZlib", "CZstd", "Collection", "CollectorSteps",
                "Cryptography",
                "Inspection", "KubernetesClient", "LinuxHost", "OneThread", "Probes", "Rows", "StructuredText", "Yams",
                nio("NIOCore"), nio("NIOEmbedded"), nio("NIOWebSocket"),
            ], swiftSettings: instrumented),
        // Of C, since the entry point of a Swift program would stand beside that of libFuzzer.
        .executableTarget(
            name: "exhibit-fuzz", dependencies: ["FuzzTargets"],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    ]
)
