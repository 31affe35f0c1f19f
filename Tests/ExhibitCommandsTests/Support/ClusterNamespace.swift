import Foundation
import Testing

/// A namespace of a test's own, removed when the test ends.
struct ClusterNamespace {
    let name: String

    static func with<Value>(_ body: (ClusterNamespace) async throws -> Value) async throws -> Value {
        let name = "exhibit-test-" + UUID().uuidString.prefix(8).lowercased()
        let namespace = ClusterNamespace(name: name)
        try await TestCluster.kubectl(["create", "namespace", name])
        do {
            let value = try await body(namespace)
            await namespace.remove()
            return value
        } catch {
            await namespace.remove()
            throw error
        }
    }

    /// Its going takes the cluster some seconds, for which nobody waits.
    private func remove() async {
        _ = try? await TestCluster.kubectl(
            ["delete", "pods", "--all", "-n", name, "--grace-period=0", "--force", "--wait=false"], mayFail: true)
        _ = try? await TestCluster.kubectl(["delete", "namespace", name, "--wait=false"], mayFail: true)
    }

    /// Creates objects from YAML.
    func apply(_ yaml: String) async throws {
        try await Scratch.withFolder { folder in
            try Files.write(yaml, to: folder + "/objects.yaml")
            try await TestCluster.kubectl(["apply", "-n", name, "-f", folder + "/objects.yaml"])
        }
    }

    /// A pod that runs a shell script, from the image that the test cluster has; returns when it runs.
    func run(pod: String, script: String) async throws {
        try await apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(pod), labels: {app: \(pod)}}
            spec:
              terminationGracePeriodSeconds: 1
              automountServiceAccountToken: false
              containers:
              - name: main
                image: registry.local/busybox:1
                imagePullPolicy: Never
                command: [sh, -c, '\(script)']
            """)
        try await TestCluster.kubectl(["wait", "pod/\(pod)", "-n", name, "--for=condition=Ready", "--timeout=45s"])
    }

    func delete(pod: String) async throws {
        try await TestCluster.kubectl(["delete", "pod", pod, "-n", name, "--grace-period=0", "--force", "--wait=false"])
    }
}
