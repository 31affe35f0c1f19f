import Bundle
import Collection
import Foundation
import Glibc
import Inspection
import SQLite
import Testing

/// Tables that are kept from one opening of a bundle to the next.
struct DatabaseCacheTests {
    private static let pod = "namespaces/prod/pods/a/a.yaml"

    private struct Place {
        let folder: TestFolder
        var bundle: String { folder.file("case.tar.zst") }
        var cache: DatabaseCache { DatabaseCache(base: folder.file("cache"), program: "test") }

        init() async throws {
            folder = try TestFolder()
            try await SmallBundle.write([pod: ObjectCapture.pod("a")], to: bundle)
        }

        var kept: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.file("cache/exhibit/tables"))) ?? [])
                .filter { !$0.hasSuffix(".sha256") }.sorted()
        }

        func open(_ cache: DatabaseCache? = nil) async throws -> EvidenceDatabase {
            let capture = BundleCapture(try await BundleReader(path: bundle))
            return try await EvidenceDatabase(capture, cache: cache ?? self.cache) { try RecordedFindings.builtIn() }
        }
    }

    private static func names(_ database: EvidenceDatabase) async throws -> [[SQLValue]] {
        try await database.rows("SELECT namespace, name FROM pods")
    }

    @Test
    func theSecondOpeningReadsWhatTheFirstKept() async throws {
        let place = try await Place()
        #expect(try await Self.names(place.open()) == [[.text("prod"), .text("a")]])
        let file = try #require(place.kept.first)
        #expect(place.kept.count == 1 && file.hasSuffix(".sqlite"))
        let path = place.folder.file("cache/exhibit/tables/\(file)")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // What is there is what is read: here it says something else.
        do {
            let database = try SQLDatabase(.filling(path))
            try database.run("UPDATE pods SET name = 'kept'")
        }
        #expect(try place.folder.shell("sha256sum \"$1\" | head -c 64 >\"$1.sha256\"", path) == 0)
        #expect(try await Self.names(place.open()) == [[.text("prod"), .text("kept")]])
        // One that is not as it was written is made anew.
        #expect(try place.folder.shell("printf x >>\"$1\"", path) == 0)
        #expect(try await Self.names(place.open()) == [[.text("prod"), .text("a")]])
        #expect(try await Self.names(place.open()) == [[.text("prod"), .text("a")]])
        #expect(
            try await place.open().tables.map(\.name)
                == (try await EvidenceDatabase(FindingExample())).tables.map(\.name))
    }

    @Test
    func anotherProgramReadsItsOwn() async throws {
        let place = try await Place()
        _ = try await place.open()
        _ = try await place.open(DatabaseCache(base: place.folder.file("cache"), program: "another"))
        #expect(place.kept.count == 2)
    }

    @Test
    func findingsAreKeptOnceTheyWereAsked() async throws {
        let place = try await Place()
        let first = try await place.open().findings()
        #expect(first.asked > 100 && first.failed.isEmpty)
        // The tables, what the rules found, what became of them, and the logs in numbers, which rules ask.
        #expect(place.kept.count == 4, "\(place.kept)")
        let second = try await place.open().findings()
        #expect(second.findings == first.findings && second.rules == first.rules)
        let rows = try await place.open().rows("SELECT count(*) FROM findings f JOIN finding_rules r USING (id)")
        #expect(rows == [[.integer(Int64(first.findings.count))]])
    }

    /// Then the rows would be those of a file that was changed.
    @Test
    func nothingIsKeptOfADamagedBundle() async throws {
        let place = try await Place()
        try FileManager.default.createDirectory(
            atPath: place.folder.file("unpacked"), withIntermediateDirectories: true)
        #expect(try place.folder.shell("zstd -dc case.tar.zst | tar xf - -C unpacked") == 0)
        let capture = BundleCapture(try await BundleReader(path: place.folder.file("unpacked/case")))
        let file = place.folder.file("unpacked/case/data/\(Self.pod)")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacing("name: a,", with: "name: b,").write(toFile: file, atomically: false, encoding: .utf8)
        let database = try await EvidenceDatabase(capture, cache: place.cache)
        #expect(database.damage.count == 1)
        #expect(place.kept == [])
        // And what was kept of the bundle as it was sealed is still true.
        _ = try await place.open()
        let again = try await EvidenceDatabase(capture, cache: place.cache)
        #expect(try await Self.names(again) == [[.text("prod"), .text("a")]])
    }

    @Test
    func aFolderOfOthersIsNotUsed() async throws {
        let place = try await Place()
        try FileManager.default.createDirectory(
            atPath: place.folder.file("cache/exhibit/tables"), withIntermediateDirectories: true)
        chmod(place.folder.file("cache/exhibit/tables"), 0o777)
        #expect(try await Self.names(place.open()).count == 1)
        #expect(place.kept == [])
    }

    @Test
    func aFileThatIsNoDatabaseIsMadeAnew() async throws {
        let place = try await Place()
        _ = try await place.open()
        let file = place.folder.file("cache/exhibit/tables/\(try #require(place.kept.first))")
        try "no database, but as long as the beginning of one, so that it is looked at".write(
            toFile: file, atomically: false, encoding: .utf8)
        #expect(try await Self.names(place.open()).count == 1)
        #expect(try await Self.names(place.open()).count == 1)
    }

    @Test
    func rulesCannotAskForFindings() async throws {
        let text = """
            apiVersion: exhibit/v1
            kind: Collector
            metadata: {name: test, title: Test}
            findings:
            - id: loop
              severity: notice
              sql: SELECT id FROM findings
              says: x
              advice: y
              examples: {fires: [{}], silent: [{}]}
            """
        let rules = try RecordedFindings(file: "test.yaml", text: text)
        let database = try await ObjectCapture.database(["namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a")]) {
            [rules]
        }
        #expect(try await database.findings().failed["loop"]?.contains("findings") == true)
    }

    /// Some statements have an effect when they are only made ready.
    @Test(arguments: [
        "PRAGMA temp_store = 1", "PRAGMA hard_heap_limit = 100000", "ATTACH '/dev/null' AS x",
        "PRAGMA trusted_schema = 1",
    ])
    func aRuleChangesNothing(sql: String) async throws {
        func rule(_ id: String, _ sql: String) -> String {
            """
            - id: \(id)
              severity: notice
              sql: \(sql)
              says: x
              advice: y
              examples: {fires: [{}], silent: [{}]}

            """
        }
        let head = "apiVersion: exhibit/v1\nkind: Collector\nmetadata: {name: test, title: Test}\nfindings:\n"
        let rules = try RecordedFindings(
            file: "test.yaml", text: head + rule("bad", sql) + rule("good", "SELECT name FROM pods"))
        let database = try await ObjectCapture.database(["namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a")]) {
            [rules]
        }
        let findings = try await database.findings()
        #expect(findings.findings.map(\.id) == ["good"])
        #expect(Set(findings.failed.keys) == ["bad"])
        #expect(try await database.rows("SELECT count(*) FROM findings") == [[.integer(1)]])
    }
}
