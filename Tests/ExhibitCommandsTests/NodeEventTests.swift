import Foundation
import Testing

/// Events of the nodes of a target, which lie in the namespace `default`.
@Suite(.needsBinary, .needsCluster)
struct NodeEventTests {
    private static func event(_ name: String, about kind: String, _ object: String) -> String {
        """
        apiVersion: v1
        kind: Event
        metadata: {name: \(name), namespace: default}
        involvedObject: {kind: \(kind), name: \(object), apiVersion: v1}
        reason: ExhibitTest
        message: said of \(name)
        type: Normal
        source: {component: exhibit-test}
        firstTimestamp: 2026-01-01T00:00:00Z
        lastTimestamp: 2026-01-01T00:00:00Z
        ---

        """
    }

    @Test(arguments: ["namespace", "pod"])
    func eventsOfTheNodesComeWithTheTarget(_ kind: String) async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "sleeper", script: "exec sleep 600")
            let node = try await TestCluster.kubectl([
                "get", "pod", "sleeper", "-n", namespace.name, "-o", "jsonpath={.spec.nodeName}",
            ]).text
            let names = ["node", "other", "pod"].map { "\(namespace.name)-\($0)" }
            try await Scratch.withFolder { folder in
                try Files.write(
                    Self.event(names[0], about: "Node", node) + Self.event(names[1], about: "Node", "another-node")
                        + Self.event(names[2], about: "Pod", node), to: folder + "/events.yaml")
                try await TestCluster.kubectl(["apply", "-f", folder + "/events.yaml"])
            }
            let target = kind == "pod" ? ["pod/sleeper", "-n", namespace.name] : ["namespace/\(namespace.name)"]
            let capture = try await Capture.collect(
                target + ["--profile", "minimal", "--touch", "none"], kubeconfig: try TestCluster.kubeconfig(),
                expecting: [Exhibit.Code.ok])
            _ = try? await TestCluster.kubectl(["delete", "events", "-n", "default"] + names, mayFail: true)
            for file in ["core/events.yaml", "events.k8s.io/events.yaml"] {
                let text = try capture.text("data/namespaces/default/\(file)")
                #expect(text.contains("said of \(names[0])"), "\(file)")
                #expect(!text.contains(names[1]) && !text.contains(names[2]), "\(file)")
            }
            let lines = try capture.ledger().filter { $0.step == "list of nodes" }
            #expect(lines.count == 2 && lines.allSatisfy { $0.collector == "events" && $0.state == "ok" }, "\(lines)")
        }
    }

    /// Whose namespace it is has all of its events anyway.
    @Test
    func theyAreNotTakenTwice() async throws {
        let capture = try await Capture.collect(
            [
                "namespace/default", "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--touch", "none",
            ], kubeconfig: try TestCluster.kubeconfig())
        #expect(try !capture.ledger().contains { $0.step == "list of nodes" })
        #expect(capture.has("data/namespaces/default/core/events.yaml"))
    }

    /// Where a pod of `default` is a target, its list has the events, and those of the nodes of the other targets' pods, too. A pod
    /// that is bound to a node that is not there waits, until the cluster removes it.
    @Test
    func aPodOfTheirNamespaceTakesNothingFromTheOthers() async throws {
        try await ClusterNamespace.with { namespace in
            let node = "node-of-\(namespace.name)"
            func pod(_ place: String) -> String {
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(namespace.name)}
                spec: {\(place), terminationGracePeriodSeconds: 0, containers: [{name: main, image: x}]}
                """
            }
            try await namespace.apply(pod("nodeName: \(node)"))
            let names = ["node", "other"].map { "\(namespace.name)-\($0)" }
            try await Scratch.withFolder { folder in
                try Files.write(
                    Self.event(names[0], about: "Node", node) + Self.event(names[1], about: "Node", "another-node"),
                    to: folder + "/events.yaml")
                try Files.write(pod("schedulerName: nobody"), to: folder + "/pod.yaml")
                try await TestCluster.kubectl(["apply", "-f", folder + "/events.yaml"])
                try await TestCluster.kubectl(["apply", "-n", "default", "-f", folder + "/pod.yaml"])
            }
            let capture = try await Capture.collect(
                [
                    "pod/\(namespace.name)", "-n", "default", "namespace/\(namespace.name)", "--profile", "minimal",
                    "--touch", "none",
                ], kubeconfig: try TestCluster.kubeconfig())
            _ = try? await TestCluster.kubectl(["delete", "events", "-n", "default"] + names, mayFail: true)
            _ = try? await TestCluster.kubectl(
                ["delete", "pod", namespace.name, "-n", "default", "--force", "--wait=false"], mayFail: true)
            for file in ["core/events.yaml", "events.k8s.io/events.yaml"] {
                let text = try capture.text("data/namespaces/default/\(file)")
                #expect(text.contains("said of \(names[0])"), "\(file)")
                #expect(!text.contains(names[1]), "\(file)")
            }
        }
    }
}
