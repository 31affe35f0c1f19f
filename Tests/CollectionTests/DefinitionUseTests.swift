import Bundle
import BundleFormat
import Collection
import Testing

/// Which definitions go into a bundle: those of the collectors that something was planned by.
struct DefinitionUseTests {
    private static let kinds = StepKinds([
        StepKind("logs", scopes: [.container], summary: "", source: .api, output: .fixed([]))
    ])
    private static let profile = """
        apiVersion: exhibit/v1
        kind: Profile
        metadata: {name: all, title: all}
        collectors: ["*"]

        """

    private static func definition(_ name: String) -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: \(name), title: \(name)}
        scope: container
        volatility: 1
        steps: [logs: {}]

        """
    }

    private static func selection(_ names: [String]) throws -> CollectorCatalog.Selection {
        var catalog = CollectorCatalog([])
        try catalog.add(file: "profiles/all.yaml", text: profile, kinds: kinds)
        for name in names { try catalog.add(file: "\(name).yaml", text: definition(name), kinds: kinds) }
        return try catalog.selection(profile: "all")
    }

    private static func planned(_ collector: String) -> PlannedAttempt {
        var planned = attempt(collector) { context in
            try await context.entry([collector, "x"], media: .text, bytes: [0x78, 0x0A])
            return .ok
        }
        planned.collector = collector
        return planned
    }

    @Test func thoseThatAreUsedOnceEachAndBeforeTheirData() async throws {
        try await withFolder { folder in
            let path = folder + "/case.tar"
            let clock = RunClock()
            let opening = OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0"))
            let writer = try await BundleWriter(opening: opening, outputPath: path)
            let engine = CaptureEngine(
                writer: writer, clock: clock, observer: Watcher(), options: .quick,
                definitions: try Self.selection(["first", "second", "unused", "late"]))
            await engine.run(["first", "second", "nobody's"].map(Self.planned))
            // Planned, and not begun: the ledger says what was not had by it.
            engine.stop(.deadline)
            await engine.run(["first", "late"].map(Self.planned))
            #expect(engine.failure == nil)
            _ = try await writer.seal()
            var paths: [String] = []
            let reader = try await BundleReader(path: path)
            try await reader.entries { paths.append($0.path.rawValue) }
            let definitions = paths.filter { $0.hasPrefix("meta/definitions/") }
            #expect(
                definitions.sorted()
                    == ["first", "late", "profile.all", "second"].map { "meta/definitions/\($0).yaml" })
            for name in ["first", "second"] {
                let (rule, data) = (
                    paths.firstIndex(of: "meta/definitions/\(name).yaml"), paths.firstIndex(of: "data/\(name)/x")
                )
                #expect(try #require(rule) < #require(data))
            }
            let text = try await reader.content(of: try EntryPath("meta/definitions/first.yaml"), limit: 1 << 20)
            #expect(String(decoding: text, as: UTF8.self) == Self.definition("first"))
        }
    }
}
