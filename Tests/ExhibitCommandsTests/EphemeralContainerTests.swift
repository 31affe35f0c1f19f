import Foundation
import Testing

/// Containers that somebody put into a running pod, as `kubectl debug` does.
@Suite(.needsBinary, .needsCluster)
struct EphemeralContainerTests {
    private static let containers = """
        [{"name":"debugger","image":"registry.local/busybox:1","imagePullPolicy":"Never",
        "command":["sh","-c","echo looked around; echo and left"],"terminationMessagePolicy":"File"}]
        """

    /// Up to Kubernetes 1.21 with an object of their own; the test cluster has the feature gate.
    private static func debug(_ pod: String, _ namespace: ClusterNamespace) async throws {
        let path = "/api/v1/namespaces/\(namespace.name)/pods/\(pod)/ephemeralcontainers"
        try await Scratch.withFolder { folder in
            try Files.write(
                """
                {"apiVersion":"v1","kind":"EphemeralContainers",
                "metadata":{"name":"\(pod)","namespace":"\(namespace.name)"},"ephemeralContainers":\(containers)}
                """, to: folder + "/containers.json")
            let old = try await TestCluster.kubectl(
                ["replace", "--raw", path, "-f", folder + "/containers.json"], mayFail: true)
            guard old.status != 0 else { return }
            try await TestCluster.kubectl([
                "patch", "pod", pod, "-n", namespace.name, "--subresource=ephemeralcontainers", "--patch",
                #"{"spec":{"ephemeralContainers":\#(containers)}}"#,
            ])
        }
    }

    @Test(arguments: [[], ["--tail", "1"]])
    func theirLogsAreCaptured(_ limits: [String]) async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "looked-at", script: "exec sleep 600")
            try await Self.debug("looked-at", namespace)
            for _ in 0..<60 {
                let state = try await TestCluster.kubectl([
                    "get", "pod", "looked-at", "-n", namespace.name, "-o",
                    "jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}",
                ])
                if state.text == "Completed" { break }
                try await Task.sleep(for: .milliseconds(500))
            }
            let capture = try await Capture.collect(
                ["pod/looked-at", "-n", namespace.name, "--profile", "minimal", "--touch", "none"] + limits,
                kubeconfig: try TestCluster.kubeconfig(), expecting: [Exhibit.Code.ok])
            let line = try #require(try capture.ledger("logs", pod: "looked-at", container: "debugger").first)
            #expect(line.state == "ok", "\(line)")
            let log = try capture.text(
                "data/namespaces/\(namespace.name)/pods/looked-at/debugger/debugger/logs/current.log")
            #expect(log.hasSuffix(" and left\n") && log.contains(" looked around\n") == limits.isEmpty, "\(log)")
        }
    }
}
