import Bundle
import BundleFormat
import Collection
import CollectorSteps
import Foundation
import KubernetesClient
import StructuredText
import Testing

enum LiveCluster {
    static var kubeconfig: String? {
        ProcessInfo.processInfo.environment["EXHIBIT_TEST_KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The steps against the workloads of `Scripts/test-cluster`; skipped unless `EXHIBIT_TEST_KUBECONFIG` names a kubeconfig.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
struct LiveClusterTests {
    private static func capture(_ target: String) async throws -> (lines: [LedgerLine], execs: [CustodyLine]) {
        let config = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:])
        let client = try KubernetesClient(access: config.access(context: nil))
        do {
            let discovery = try await client.discover()
            let session = ClusterSession(
                client: client, discovery: discovery, redactor: SecretRedactor(key: CaseKey(bytes: Array(0..<32))),
                options: .init())
            let specification = try #require(TargetSpecification(target))
            let resolved = try await TargetResolver(client: client, discovery: discovery)
                .resolve(specification, namespace: "exhibit-demo")
            let result = try await withFolder { folder in
                let clock = RunClock()
                let writer = try await BundleWriter(
                    opening: OpeningRecord(
                        folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                        tool: .init(name: "exhibit", version: "0")),
                    outputPath: folder + "/case.tar.zst")
                let keeper = LineKeeper()
                let engine = CaptureEngine(writer: writer, clock: clock, observer: keeper)
                let capture = ClusterCapture(
                    session: session, catalog: try CollectorCatalog.builtIn(kinds: StepRegistry.kinds))
                try await capture.run([resolved], on: engine, alongside: [])
                _ = try await writer.seal()
                var execs: [CustodyLine] = []
                try await BundleReader(path: folder + "/case.tar.zst").custody { line in
                    if line.action == .exec { execs.append(line) }
                }
                return (keeper.lines, execs)
            }
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    @Test
    func aDistrolessContainerIsAGapWithItsReasonAndFewExecs() async throws {
        let (lines, execs) = try await Self.capture("deployment/distroless")
        for step in ["sockets", "processes", "changes"] {
            let line = try #require(lines.first { $0.step == step })
            #expect(line.state == .missing, "\(step): \(line)")
            #expect(line.reason?.code == "NoTools", "\(step)")
        }
        // cat, sh, busybox, ss, netstat, ps, find: each once, and sh once more when two steps ask at the same time.
        #expect(execs.count <= 8)
        #expect(lines.first { $0.step == "changes" }?.volatility == 8)
    }

    @Test
    func aContainerWithAShellTellsItsSocketsProcessesAndChanges() async throws {
        let (lines, execs) = try await Self.capture("deployment/shell")
        for step in ["sockets", "processes", "changes", "logs"] {
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
