import Foundation
import Inspection
import Testing

/// `docs/query.md`: its tables are those of the program, and its examples run.
///
///     EXHIBIT_WRITE_REFERENCE=1 swift test -c release --filter QueryReferenceTests
struct QueryReferenceTests {
    private static let path = "docs/query.md"

    private var text: String {
        get throws { try String(contentsOfFile: Self.path, encoding: .utf8) }
    }

    @Test func tablesAreThoseOfTheProgram() throws {
        let text = try text
        let begin = try #require(text.range(of: "<!-- begin tables -->\n"))
        let end = try #require(text.range(of: "<!-- end tables -->"))
        var wanted = ""
        for table in TableDescription.own {
            wanted += "\n### `\(table.name)`\n\n\(table.says)\n\n| column | type | |\n|---|---|---|\n"
            for column in table.columns { wanted += "| `\(column.name)` | \(column.type) | \(column.says) |\n" }
        }
        wanted += "\n"
        if ProcessInfo.processInfo.environment["EXHIBIT_WRITE_REFERENCE"] != nil {
            let written = text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: wanted)
            try written.write(toFile: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(text[begin.upperBound..<end.lowerBound] == wanted, "write it anew with EXHIBIT_WRITE_REFERENCE=1")
        }
    }

    @Test func everyTableAndColumnIsExplained() {
        for table in TableDescription.own {
            #expect(!table.says.isEmpty)
            #expect(Set(table.columns.map(\.name)).count == table.columns.count)
            for column in table.columns { #expect(!column.says.isEmpty, "\(table.name).\(column.name)") }
        }
    }

    @Test(.enabled(if: Fixtures.areThere, "no fixtures of other projects: EXHIBIT_FIXTURES names their folder"))
    func examplesRun() async throws {
        let statements = try text.split(separator: "```sql\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        #expect(statements.count >= 10)
        let database = try await EvidenceDatabase(
            try await ForeignCapture(path: Fixtures.path("sbctl-support-bundle.tar.gz")))
        for statement in statements { _ = try await database.rows(String(statement)) }
        // The first has something to say of this one.
        #expect(try await !database.rows(String(statements[0])).isEmpty)
    }
}
