extension Room {
    /// The plan of the house. A line of code knows its room by what it may import.
    static let all: [Room] = [
        Room(
            name: "StructuredText", platform: .none,
            rule: "JSON and YAML text, and names that are alike, without any import, so that every room can use it"),
        Room(
            name: "Rows", rooms: ["StructuredText"], platform: .none,
            rule: "makes rows of text in known formats; knows neither where it is from nor what the rows are for"),
        Room(
            name: "Patterns", modules: ["CPCRE2"],
            rule: "the only importer of PCRE2; finds lines and literals in text, and knows not what it is"),
        Room(
            name: "Cryptography", modules: ["COpenSSL"],
            rule: "the only importer of OpenSSL's libcrypto; knows keys and digests, not evidence"),
        Room(
            name: "Archive", modules: ["CArchive", "CDeflate", "CZlib", "CZstd", "CFiles"],
            rule: "the only importer of compression libraries and libarchive; containers, not evidence"),
        Room(
            name: "BundleFormat", rooms: ["StructuredText", "Cryptography"], platform: .none,
            rule: "pure values: no files, no clock"),
        Room(
            name: "Bundle", rooms: ["BundleFormat", "Archive", "Cryptography", "StructuredText"], platform: .essentials,
            rule: "writes, reads and verifies bundles; knows no cluster, no host and no terminal"),
        Room(
            name: "SQLite", modules: ["CSQLite"],
            rule: "the only importer of SQLite; knows nothing of evidence, nor what its tables are for"),
        Room(
            name: "Timestamping",
            modules: ["AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL"],
            platform: .none,
            rule: "asks time stamp authorities over the network; knows nothing of evidence, nor what a time stamp says"),
        Room(
            name: "Settings", rooms: ["StructuredText"], modules: ["Yams"],
            rule: "what an operator does not want to type each time; decides nothing"),
        Room(
            name: "Programs", modules: ["CMemory", "Subprocess", "SystemPackage"],
            rule: "the only one that runs programs; knows not what for"),
        Room(
            name: "KubernetesClient", rooms: ["Programs", "StructuredText"],
            modules: [
                "AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "NIOWebSocket", "NIOTLS",
                "NIOFoundationCompat", "NIOConcurrencyHelpers", "NIOEmbedded", "Yams",
            ],
            platform: .essentials,
            rule: "speaks to API servers; knows nothing of evidence"),
        Room(
            name: "Probes", modules: ["AsyncHTTPClient", "CTLS", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"],
            platform: .system,
            rule: "dials from this machine what its caller names, once it is judged; knows nothing of evidence"),
        Room(
            name: "LinuxHost", rooms: ["Cryptography", "Programs", "StructuredText"], modules: ["CLinux"],
            platform: .essentials,
            rule: "reads this host; knows nothing of evidence"),
        Room(
            name: "Collection", rooms: ["Bundle", "BundleFormat", "Cryptography", "Rows", "StructuredText"],
            modules: ["Yams"],
            platform: .essentials,
            rule: "decides when, never how: no way to a cluster or a host"),
        Room(
            name: "CollectorSteps",
            rooms: [
                "Archive", "Collection", "KubernetesClient", "LinuxHost", "Probes", "Programs", "BundleFormat",
                "Cryptography", "StructuredText",
            ],
            modules: ["Dispatch"], platform: .essentials,
            rule: "knows how to capture; writes only through Collection"),
        Room(
            name: "Inspection",
            rooms: [
                "Bundle", "BundleFormat", "Archive", "Collection", "Cryptography", "Patterns", "Rows", "SQLite",
                "StructuredText",
            ],
            modules: ["Yams"], platform: .essentials,
            rule: "works offline: no path to a cluster, which the compiler thereby proves"),
        Room(
            name: "Terminal",
            rule: "the only one that knows a terminal, and knows nothing else"),
        Room(
            name: "HTML", rooms: ["Cryptography", "Terminal"], platform: .none,
            rule: "makes pages in which nothing runs, of values; knows nothing of evidence"),
        Room(
            name: "OfflineServer", rooms: ["Cryptography", "Inspection", "Rows", "SQLite", "StructuredText"],
            modules: ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"], platform: .essentials,
            rule: "answers as the API server would, from a capture: listens, and has no way to a cluster"),
        Room(
            name: "ExhibitCommands",
            rooms: [
                "Archive", "Bundle", "BundleFormat", "Collection", "CollectorSteps", "Cryptography", "HTML",
                "Inspection", "KubernetesClient", "LinuxHost", "OfflineServer", "Patterns", "Programs", "Rows",
                "SQLite", "Settings", "StructuredText", "Terminal", "Timestamping",
            ],
            modules: ["ArgumentParser", "Dispatch"], platform: .essentials, prints: true,
            rule: "wires the rooms together; needs no library of its own but the argument parser"),
        Room(
            name: "exhibit", rooms: ["ExhibitCommands"], modules: ["ArgumentParser"], platform: .none, prints: true,
            rule: "a few lines that start ExhibitCommands"),
        Room(
            name: "CollectorEmbedder", platform: .foundation, prints: true,
            rule: "runs while building; shares no code with the product"),
        Room(
            name: "EmbedCollectorsPlugin", modules: ["PackagePlugin"], platform: .foundation,
            rule: "runs while building; shares no code with the product"),
    ]

    /// System libraries: a module map and headers, and the modules that the map declares.
    static let systemLibraries: [String: Set<String>] = [
        "CArchive": ["CArchive"],
        "COpenSSL": ["COpenSSL"],
        "CDeflate": ["CDeflate"],
        "CLinux": ["CLinux"],
        "CMemory": ["CMemory"],
        "CPCRE2": ["CPCRE2"],
        "CSQLite": ["CSQLite"],
        "CTLS": ["CTLS"],
        "CZlib": ["CZlib"],
        "CZstd": ["CZstd", "CFiles"],
    ]

    /// Rooms that must have no way to others, by whatever detour: the promise, and what would break it.
    static let promises: [(room: String, unreachable: Set<String>, promise: String)] = [
        ("Inspection", ["KubernetesClient", "LinuxHost", "CollectorSteps"], "a bundle is inspected offline"),
        ("OfflineServer", ["KubernetesClient", "LinuxHost", "CollectorSteps"], "a capture is served offline"),
        ("KubernetesClient", evidence, "the client knows nothing of evidence"),
        ("Timestamping", evidence, "asking the time knows nothing of evidence"),
        ("Probes", evidence, "asking over the network knows nothing of evidence"),
        ("LinuxHost", evidence, "reading a host knows nothing of evidence"),
        ("Collection", ["KubernetesClient", "LinuxHost"], "the engine decides when, never how"),
        ("Archive", evidence, "containers know nothing of evidence"),
        ("Patterns", evidence, "a search knows nothing of evidence"),
        ("SQLite", evidence, "a database knows nothing of evidence"),
        ("HTML", evidence, "a page knows nothing of evidence"),
        ("Terminal", evidence, "the terminal knows nothing of evidence"),
    ]

    private static let evidence: Set<String> = ["BundleFormat", "Bundle", "Collection", "CollectorSteps", "Inspection"]

    /// What tests may import besides their room, all it reaches and what that may import.
    static let testModules: Set<String> = [
        "Testing", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization", "Subprocess",
        "SystemPackage", "TestSupport",
    ]

    /// What tests of several rooms need; it knows none of them.
    static let testSupport = "TestSupport"

    /// Test targets that have no room of their own, and the rooms they may import.
    static let testTargets: [String: Set<String>] = [
        "HouseTests": [], testSupport: [],
    ]
}
