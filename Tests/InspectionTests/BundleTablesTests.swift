import Bundle
import BundleFormat
import Collection
import Foundation
import Inspection
import Rows
import Testing

/// Tables of a bundle, by the definitions that are in it.
struct BundleTablesTests {
    private static func definition(_ name: String, _ tables: String) -> String {
        """
        apiVersion: exhibit/v9
        kind: Collector
        metadata: {name: \(name), title: Test, newer: yes}
        scope: galaxy
        steps: [{unheard-of: {}}]
        tables:
        \(tables)

        """.replacing("exhibit/v9", with: "exhibit/v1")
    }

    private static let counts = """
          - name: counts
            from: "*.csv"
            format: csv
            columns: [{name: id, type: integer}, {name: word}]
        """

    /// An attempt that brings one file.
    private static func attempt(
        _ collector: String, _ pod: String, _ file: String, _ text: String, bytes: UInt64 = 1 << 20
    ) -> PlannedAttempt {
        PlannedAttempt(
            collector: collector, step: "exec", target: Target(kind: "Pod", namespace: "ns", name: pod, container: "c"),
            source: .inContainer, volatility: 3, limits: StepLimits(timeout: .seconds(20), bytes: bytes), label: pod
        ) { context in
            let entry = try await context.entry(
                ["namespaces", "ns", "pods", pod, "c", "services", collector, file], media: .text)
            try await entry.write(Array(text.utf8))
            try await entry.finish()
            return .ok
        }
    }

    /// Opens a bundle with these definitions and outputs.
    private static func withTables<Result>(
        _ definitions: [(file: String, text: String)], _ attempts: [PlannedAttempt],
        limits: BundleTables.Limits = .init(), _ body: (BundleTables) async throws -> Result
    ) async throws -> Result {
        let folder = NSTemporaryDirectory() + "exhibit-tables-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: folder + "/case.tar.zst")
        for definition in definitions {
            try await writer.definition(name: definition.file, bytes: Array(definition.text.utf8))
        }
        await CaptureEngine(writer: writer, clock: clock, observer: Silent()).run(attempts)
        _ = try await writer.seal()
        return try await body(
            await BundleTables(try await BundleReader(path: folder + "/case.tar.zst"), limits: limits))
    }

    private struct Silent: RunObserver {
        func planned(_ count: Int) {}
        func started(_ number: Int, label: String) {}
        func received(bytes: Int) {}
        func stopped(_ cause: CaptureEngine.RunStop) {}
        func skipped(_ count: Int) {}
        func ended(_ line: LedgerLine) {}
    }

    private static func rows(_ tables: BundleTables, _ name: String) async throws -> ([String], TableReport) {
        var rows: [String] = []
        let report = try await tables.rows(of: try #require(tables[name])) { row, file in
            let context = file.context
            let place = [context.namespace, context.pod, context.container, context.node].map { $0 ?? "-" }
            rows.append("\(place.joined(separator: "/")):\(row.line) \(row.values.map(\.words))")
        }
        return (rows.sorted(), report)
    }

    @Test
    func rowsComeWithWhereTheyAreFrom() async throws {
        let attempts = [
            Self.attempt("test", "a", "x.csv", "id,word\n1,one\n2,\"two\nlines\"\n"),
            Self.attempt("test", "b", "x.csv", "id,word\nx,bad\n3\n"),
            // What another collector brings is not of this table, whatever it is called.
            Self.attempt("other", "a", "x.csv", "id,word\n9,other\n"),
            Self.attempt("test", "a", "x.txt", "id,word\n8,another file\n"),
        ]
        try await Self.withTables([("test.yaml", Self.definition("test", Self.counts))], attempts) { tables in
            #expect(tables.problems == [])
            #expect(tables.tables.map(\.definition.name) == ["counts"])
            let (rows, report) = try await Self.rows(tables, "counts")
            #expect(
                rows == [
                    #"ns/a/c/-:2 ["1", "one"]"#, #"ns/a/c/-:3 ["2", "two\nlines"]"#, #"ns/b/c/-:2 ["", "bad"]"#,
                ])
            #expect(report.tally.rows == 3 && report.tally.unread == 1 && report.tally.unreadCells == 1)
            #expect(report.problems.count == 1)
            #expect(report.problems.first?.subject == "data/namespaces/ns/pods/b/c/services/test/x.csv")
            #expect(report.problems.first?.reason.hasPrefix("line 2: ") == true)
        }
    }

    @Test
    func whatALimitCutIsNotARowThatCannotBeRead() async throws {
        let attempt = Self.attempt("test", "a", "x.csv", "id,word\n1,one\n2,two\n", bytes: 17)
        try await Self.withTables([("test.yaml", Self.definition("test", Self.counts))], [attempt]) { tables in
            let (rows, report) = try await Self.rows(tables, "counts")
            #expect(rows.count == 1 && report.tally.cut == 1 && report.tally.unread == 0)
        }
    }

    @Test
    func hostileDefinitionsCostOnlyThemselves() async throws {
        let bomb = "tables: &a [x]\nother: [*a, *a]\n"
        let definitions = [
            ("a.yaml", Self.definition("a", Self.counts)), ("b.yaml", Self.definition("b", Self.counts)),
            ("bomb.yaml", bomb), ("empty.yaml", ""), ("lies.yaml", Self.definition("a", Self.counts)),
            ("deep.yaml", String(repeating: "[", count: 10_000)),
            ("large.yaml", String(repeating: "# \n", count: 400_000)),
            ("newer.yaml", Self.definition("newer", "  - {name: x, from: a, format: parquet, columns: [{name: b}]}")),
            ("old.yaml", Self.definition("old", "").replacing("tables:\n", with: "")),
            ("profile.x.yaml", "kind: Profile"),
        ]
        try await Self.withTables(definitions, [Self.attempt("a", "p", "x.csv", "id,word\n1,one\n")]) { tables in
            #expect(tables.tables.map(\.collector) == ["a"])
            let (rows, _) = try await Self.rows(tables, "counts")
            #expect(rows.count == 1)
            let said = Dictionary(tables.problems.map { ($0.subject, $0.reason) }) { first, _ in first }
            let wanted = [
                "b": "another collector has one", "bomb": "aliases", "deep": "", "empty": "empty",
                "large": "larger than",
                "lies": "another collector than its name", "newer": "line 7: there is no format parquet",
            ]
            #expect(Set(said.keys) == Set(wanted.keys.map { "meta/definitions/\($0).yaml" }))
            for (name, words) in wanted {
                #expect(
                    said["meta/definitions/\(name).yaml"]?.contains(words) == true || words.isEmpty, "\(name): \(said)")
            }
        }
    }

    @Test
    func limitsHold() async throws {
        var limits = BundleTables.Limits()
        limits.reading.rows = 3
        limits.files = 2
        let text = "id,word\n1,a\n2,b\n"
        let attempts = ["a", "b", "c"].map { Self.attempt("test", $0, "x.csv", text) }
        let definitions = [("test.yaml", Self.definition("test", Self.counts))]
        try await Self.withTables(definitions, attempts, limits: limits) { tables in
            let (rows, report) = try await Self.rows(tables, "counts")
            #expect(rows.count == 3 && report.tally.isFull)
            #expect(tables["counts"]?.files.count == 2)
            #expect(tables.problems.map(\.subject) == ["meta/ledger.jsonl"])
        }
    }

    @Test
    func whoeverTakesRowsCanEndIt() async throws {
        struct Enough: Error {}
        let definitions = [("test.yaml", Self.definition("test", Self.counts))]
        try await Self.withTables(definitions, [Self.attempt("test", "a", "x.csv", "id,word\n1,a\n")]) { tables in
            let table = try #require(tables["counts"])
            await #expect(throws: Enough.self) { try await tables.rows(of: table) { _, _ in throw Enough() } }
        }
    }
}
