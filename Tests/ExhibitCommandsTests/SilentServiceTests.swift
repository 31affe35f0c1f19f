import Foundation
import Testing

/// Services that accept connections and never answer: pods may declare as many as they like, and the evidence of others is still had.
@Suite(.needsBinary, .needsCluster)
struct SilentServiceTests {
    private static let ports = [9_090, 9_093, 9_200, 8_123, 6_333]

    private static func pod(_ name: String) -> String {
        let declared =
            ports.map { "{containerPort: \($0)}" } + (1...8).map { "{containerPort: \(8_440 + $0), name: https-\($0)}" }
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              terminationGracePeriodSeconds: 1
              automountServiceAccountToken: false
              containers:
              - name: main
                image: registry.local/busybox:1
                imagePullPolicy: Never
                command:
                - sh
                - -c
                - |
                  echo I am here
                  for port in \(ports.map(String.init).joined(separator: " ")) \((1...8).map { "\(8_440 + $0)" }.joined(separator: " ")); do
                    nc -ll -p $port -e sleep 600 &
                  done
                  wait
                ports: [\(declared.joined(separator: ", "))]

            """
    }

    @Test
    func theyTakeNobodysTime() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply((0..<3).map { Self.pod("silent-\($0)") }.joined(separator: "---\n"))
            try await TestCluster.kubectl([
                "wait", "pod", "--all", "-n", namespace.name, "--for=condition=Ready", "--timeout=45s",
            ])
            let capture = try await Capture.collect(
                ["-n", namespace.name, "--deadline", "15s"], kubeconfig: try TestCluster.kubeconfig())
            let lines = try capture.ledger()
            for collector in ["events", "logs", "objects", "changes", "cluster-objects", "api"] {
                let states = Set(lines.filter { $0.collector == collector }.map(\.state))
                #expect(!states.isEmpty && states.isSubset(of: ["ok", "empty", "missing"]), "\(collector): \(states)")
            }
            let services = lines.filter { $0.step.hasPrefix("http ") || $0.step.hasPrefix("tls ") }
            #expect(services.count > 100)
            #expect(services.contains { $0.state == "timeout" })
            #expect(services.contains { $0.reason?.code == "NoAnswers" }, "after three of a pod no more is asked there")
        }
    }
}
