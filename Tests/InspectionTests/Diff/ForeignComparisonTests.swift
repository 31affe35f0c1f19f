import Inspection
import Testing

/// Captures of other tools, as their projects made them.
@Suite(.enabled(if: Fixtures.areThere, "no fixtures of other projects: EXHIBIT_FIXTURES names their folder"))
struct ForeignComparisonTests {
    @Test(arguments: ["must-gather-4.8", "sbctl-support-bundle", "troubleshoot-support-bundle"])
    func oneIsTheSameAsItself(name: String) async throws {
        func open() async throws -> EvidenceDatabase {
            try await EvidenceDatabase(try await ForeignCapture(path: Fixtures.folder + "/\(name).tar.gz"))
        }
        let comparison = try await CaptureComparison(try await open(), try await open())
        let summary = try await comparison.run { difference in Issue.record("\(difference)") }
        #expect(!summary.differ)
        #expect(summary.notCompared.isEmpty)
        #expect((summary.counts[.objects]?.same ?? 0) > 0)
    }
}
