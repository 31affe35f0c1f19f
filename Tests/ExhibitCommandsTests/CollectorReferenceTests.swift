import Foundation
import Testing

/// What docs/collector-reference.md says of step kinds and built-in collectors is what the program says. To write it
/// anew:
///
///     EXHIBIT_WRITE_REFERENCE=1 swift test -c release --filter CollectorReferenceTests
@Suite(.needsBinary)
struct CollectorReferenceTests {
    private static let path = CollectorsTests.checkout + "/docs/collector-reference.md"
    private static let renewal =
        "build the program, then EXHIBIT_WRITE_REFERENCE=1 swift test -c release --filter CollectorReferenceTests"

    @Test
    func itIsAsTheProgramHasIt() async throws {
        let kinds = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "kinds"]).text
        let collectors = Self.table(try await CollectorsTests.Catalog.read())
        let text = try Files.text(Self.path)
        var wanted = try #require(Self.replacing("step kinds", in: text, by: kinds))
        wanted = try #require(Self.replacing("collectors", in: wanted, by: collectors))
        if Requirements.environment["EXHIBIT_WRITE_REFERENCE"] != nil, wanted != text {
            try Files.write(wanted, to: Self.path)
        } else {
            #expect(text == wanted, "docs/collector-reference.md is not what the program says: \(Self.renewal)")
        }
    }

    @Test
    func theKindsAreThereAsJSON() async throws {
        struct Kinds: Decodable {
            struct Kind: Decodable {
                struct Option: Decodable {
                    let name: String
                    let required: Bool
                }

                let name: String
                let scopes: [String]
                let options: [Option]
                let writes: [String]
            }

            let kinds: [Kind]
        }
        let all = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "kinds", "--output", "json"])
            .json(Kinds.self).kinds
        #expect(all.count > 12 && all.allSatisfy { !$0.writes.isEmpty && !$0.scopes.isEmpty })
        let exec = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "kinds", "exec", "--output", "json"])
            .json(Kinds.self).kinds
        #expect(exec.map(\.name) == ["exec"] && exec[0].options.first { $0.name == "argv" }?.required == true)
    }

    /// In the order in which they capture.
    private static func table(_ collectors: [CollectorsTests.Catalog.Collector]) -> String {
        let rows = collectors.map { "| `\($0.name)` | \($0.scope) | \($0.volatility) | \($0.title) |\n" }
        return "| name | scope | rank | title |\n|---|---|---|---|\n" + rows.joined()
    }

    /// The text with what lies between two markers replaced; nil when they are not there.
    private static func replacing(_ name: String, in text: String, by content: String) -> String? {
        guard let start = text.range(of: "<!-- begin \(name) -->\n"),
            let end = text.range(of: "<!-- end \(name) -->", range: start.upperBound..<text.endIndex)
        else { return nil }
        return text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: "\n\(content)\n")
    }
}
