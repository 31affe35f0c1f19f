import Foundation
import Testing

/// What a person reads: the result on standard output, progress on standard error, and nothing that steers a terminal.
@Suite(.needsBinary, .needsCluster)
struct TextOutputTests {
    @Test
    func theResultSaysWhatToDoNext() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/bundle.tar.zst"
            let outcome = try await Exhibit.run([
                "collect", "pod/crashloop", "-n", TestCluster.namespace, "--kubeconfig", try TestCluster.kubeconfig(),
                "--out", path,
            ])
            #expect([Exhibit.Code.ok, Exhibit.Code.sealedWithGaps].contains(outcome.status), "\(outcome.summary)")
            #expect(!outcome.output.contains(0x1B) && !outcome.errors.utf8.contains(0x1B))
            let lines = outcome.text.split(separator: "\n")
            let sealLine = try #require(lines.first { $0.hasPrefix("Seal ID") })
            let sealID = String(try #require(sealLine.split(separator: " ").last))
            #expect(sealID.utf8.count == 64)
            #expect(outcome.text.contains("exhibit verify --expect \(sealID) \(path)"))
            // The command that it proposes works as it stands.
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", "--expect", sealID, path])
        }
    }

    @Test
    func aFailureLeavesStandardOutputEmpty() async throws {
        try await Scratch.withFolder { folder in
            let outcome = try await Exhibit.expect(
                Exhibit.Code.targetNotFound,
                [
                    "collect", "pod/pari", "-n", TestCluster.namespace, "--kubeconfig", try TestCluster.kubeconfig(),
                    "--out",
                    folder + "/x.tar",
                ])
            #expect(outcome.output.isEmpty)
            outcome.expectMessage("nothing was sealed", "Did you mean pair?")
            #expect(try Files.names(in: folder).isEmpty)
        }
    }
}
