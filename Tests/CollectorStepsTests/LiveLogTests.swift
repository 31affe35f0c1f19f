import BundleFormat
import Collection
import Testing

/// Logs of the workloads of `Scripts/test-cluster`, read from the files of a real kubelet.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
struct LiveLogTests {
    private static func logs(files: Bool) async throws -> LiveCapture {
        try await LiveCapture.of(
            "namespace/exhibit-demo",
            catalog: LiveCapture.custom(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: said, title: Logs}
                scope: container
                volatility: 5
                steps:
                  - logs: {previous: true, timestamps: true, files: \(files)}
                    limits: {timeout: 60s, bytes: 1GiB}
                """), touching: false)
    }

    @Test
    func aFileHasTheLinesThatTheAPIServerGives() async throws {
        let usual = try await Self.logs(files: false)
        let byFile = try await Self.logs(files: true)
        #expect(usual.lines.allSatisfy { $0.via == nil })
        var compared = 0
        var ended = 0
        for line in byFile.lines where line.via == .nodeLog {
            #expect(line.state == .ok && line.source == .api)
            // A log of some megabytes may be begun anew between the two captures.
            if line.target.container == "rotated" { continue }
            let path = try #require(line.entries.first?.rawValue)
            let file = try #require(byFile.contents[path])
            let other = try #require(usual.contents[path])
            let common = min(file.count, other.count)
            #expect(common > 0 && file.prefix(common).elementsEqual(other.prefix(common)), "\(path)")
            // It was read later: nothing of its end is lacking.
            #expect(file.count >= other.count, "\(path)")
            if ["oomkilled-once", "once"].contains(where: { line.target.name?.hasPrefix($0) == true }) {
                #expect(file == other, "\(path)")
                ended += 1
            }
            compared += 1
        }
        #expect(compared >= 7 && ended >= 1)
        // What has been started again is left to the kubelet.
        let restarted = byFile.lines.filter { ["crashloop", "oomkilled"].contains($0.target.name ?? "") }
        #expect(!restarted.isEmpty && restarted.allSatisfy { $0.via == nil })
    }
}
