import BundleFormat
import Collection
import Testing

/// The steps against the workloads of `Scripts/test-cluster`; skipped unless `EXHIBIT_TEST_KUBECONFIG` names a kubeconfig.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
struct LiveClusterTests {
    @Test
    func aDistrolessContainerIsAGapWithItsReasonAndFewExecs() async throws {
        let capture = try await LiveCapture.of("deployment/distroless", catalog: LiveCapture.builtIn())
        let (lines, execs) = (capture.lines, capture.execs)
        for step in ["sockets", "processes", "changes", "environment"] {
            let line = try #require(lines.first { $0.step == step })
            #expect(line.state == .missing, "\(step): \(line)")
            #expect(line.reason?.code == "NoTools", "\(step)")
        }
        let state = try #require(lines.first { $0.step == "exec state.txt" })
        #expect(state.state == .missing)
        #expect(state.reason?.code == "NoProgram")
        // cat, sh, busybox, ss, netstat, ps, find, env: each once, and sh once more when two steps ask at the same time.
        #expect(execs.count <= 9, "\(execs.map { $0.detail })")
        #expect(lines.first { $0.step == "changes" }?.volatility == 8)
    }

    @Test
    func aContainerWithAShellTellsItsSocketsProcessesAndChanges() async throws {
        let capture = try await LiveCapture.of("deployment/shell", catalog: LiveCapture.builtIn())
        let (lines, execs) = (capture.lines, capture.execs)
        for step in ["sockets", "processes", "changes", "logs", "environment", "exec state.txt"] {
            let found = lines.filter { $0.step == step }
            #expect(found.count >= 2, "\(step) of both containers")
            #expect(found.allSatisfy { [.ok, .empty, .partial].contains($0.state) }, "\(step): \(found.map(\.reason))")
        }
        #expect(execs.count >= 6)
        for resource in ["configmaps", "secrets", "persistentvolumeclaims", "deployments.apps", "services"] {
            #expect(lines.contains { $0.target.resource == resource && $0.state == .ok }, "\(resource)")
        }
    }
}
