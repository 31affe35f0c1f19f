import Testing

/// A collector that was named and fits nothing in the target says so.
@Suite(.needsBinary, .needsCluster)
struct UnmatchedCollectorTests {
    @Test(arguments: [
        (["--with", "prometheus-query", "--set", "prometheus-query.query=up"], "prometheus-query", "no container"),
        (["--with", "host-mounts"], "host-mounts", "this host is not a target"),
    ])
    func itIsMissing(_ flags: [String], _ name: String, _ words: String) async throws {
        let target = ["pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--without", "logs"]
        let capture = try await Capture.collect(
            target + flags, kubeconfig: try TestCluster.kubeconfig(), expecting: [Exhibit.Code.sealedWithGaps])
        let lines = try capture.ledger().filter { $0.collector == name }
        #expect(lines.map(\.state) == ["missing"] && lines.first?.reason?.code == "NoTarget", "\(lines)")
        #expect(lines.first?.reason?.message.contains(words) == true)
    }

    /// A pattern is no name, and what is in the profile was not named.
    @Test func whatWasNotNamedIsNotMissed() async throws {
        let capture = try await Capture.collect(
            ["pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--without", "logs", "--with", "redi*"],
            kubeconfig: try TestCluster.kubeconfig(), expecting: [Exhibit.Code.ok])
        #expect(try !capture.ledger().contains { $0.collector == "redis" })
    }
}
