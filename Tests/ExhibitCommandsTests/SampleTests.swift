import Foundation
import Testing

/// `collect --sample`: what a snapshot misses.
@Suite(.needsBinary)
struct SampleTests {
    private func json(_ line: Substring) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    /// Processes that live for half a second, one after the other: a pause between them would have a rhythm of its own, into which all
    /// samples may fall.
    @Test
    func whatLivesForHalfASecondIsSeenOnThisHost() async throws {
        let beacon = Process()
        beacon.executableURL = URL(fileURLWithPath: "/bin/sh")
        beacon.arguments = ["-c", "while sleep 0.5931; do :; done"]
        try beacon.run()
        // Signals that can be blocked are, in what a thread of Swift's tasks starts.
        defer { kill(beacon.processIdentifier, SIGKILL) }
        let capture = try await Capture.collect(
            ["host", "--sample", "8s", "--profile", "minimal", "--with", "host-processes", "--with", "host-sockets"],
            expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
        let lines = try capture.text("data/host/processes/samples.jsonl").split(separator: "\n")
        let seen = try lines.map(json).filter { ($0["cmdline"] as? [String])?.last == "0.5931" }
        #expect(seen.count >= 2, "one after the other")
        #expect(Set(seen.compactMap { $0["pid"] as? Int }).count == seen.count, "each once")
        let changes = try lines.map { try json($0)["change"] as? String }
        #expect(Set(changes) == ["present", "opened", "closed"])
        let ledger = try capture.ledger()
        let sampled = try #require(ledger.first { $0.collector == "host-processes" && $0.step == "processes samples" })
        #expect(sampled.volatility == 3)
        #expect(ledger.contains { $0.collector == "host-sockets" && $0.step == "sockets samples" })
        #expect(try capture.text("meta/bundle.json").contains(#""sampleSeconds":8"#))
    }

    @Test(.needsCluster)
    func whatLivesForASecondIsSeenInAContainer() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "beacon", script: "while sleep 0.9; do :; done")
            let capture = try await Capture.collect(
                [
                    "pod/beacon", "-n", namespace.name, "--sample", "6s", "--profile", "minimal", "--with", "processes",
                    "--with", "sockets",
                ], kubeconfig: try TestCluster.kubeconfig(),
                expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
            let folder = "data/namespaces/\(namespace.name)/pods/beacon/main"
            let processes = try capture.text("\(folder)/processes/samples.txt")
            #expect(processes.split(separator: "\n").count { $0 == "cmdline: sleep 0.9 " } >= 2)
            for change in ["present", "opened", "closed"] { #expect(processes.contains("\nchange: \(change)\n")) }
            let sockets = try capture.text("\(folder)/sockets/samples.txt")
            #expect(sockets.contains("sample 4\n") && sockets.contains("\nsampled 1"))
            // One command for all samples of a kind.
            let custody = try capture.text("meta/custody.jsonl").split(separator: "\n").filter {
                $0.contains("sample %s")
            }
            #expect(custody.count == 2)
        }
    }

    @Test
    func moreThanAnHourIsRefused() async throws {
        let outcome = try await Exhibit.run(["collect", "host", "--sample", "2h"])
        #expect(outcome.status == Exhibit.Code.usage)
        #expect(outcome.errors.contains("--sample is from 1s to 1h"))
    }
}
