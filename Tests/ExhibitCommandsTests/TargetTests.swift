import Foundation
import Testing

/// What belongs to a target is in the bundle; what does not is not.
@Suite(.needsBinary, .needsCluster)
struct TargetTests {
    private static let base = "data/namespaces/\(TestCluster.namespace)"

    private func collect(_ arguments: [String], at location: SourceLocation = #_sourceLocation) async throws -> Capture
    {
        try await Capture.collect(
            arguments, kubeconfig: try TestCluster.kubeconfig(),
            expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps], at: location)
    }

    /// All objects below `data/`, as text.
    private func objects(_ capture: Capture) throws -> String {
        try capture.paths().filter { $0.hasPrefix("data/") && $0.hasSuffix(".yaml") }.map { try capture.text($0) }
            .joined()
    }

    /// Whether an object of a kind is in its list, or in a file of its own.
    private func has(_ capture: Capture, _ list: String, _ name: String) throws -> Bool {
        let path = "\(Self.base)/\(list).yaml"
        guard capture.has(path) else { return false }
        return try capture.text(path).contains("\n    name: \(name)\n")
    }

    @Test
    func aDeploymentBringsWhatBelongsToIt() async throws {
        let capture = try await collect(["deployment/shell", "-n", TestCluster.namespace])
        let pod = try await TestCluster.pod("shell")
        #expect(try capture.pods() == [pod])
        #expect(capture.has("\(Self.base)/pods/\(pod)/shell/shell/logs/current.log"))
        #expect(capture.has("\(Self.base)/pods/\(pod)/echo/echo/logs/current.log"))
        #expect(capture.has("\(Self.base)/pods/\(pod)/shell/sockets/proc-net.txt"))
        for (list, name) in [
            ("apps/deployments", "shell"), ("core/services", "shell"), ("core/persistentvolumeclaims", "shell-data"),
            ("core/configmaps", "app-config"), ("core/secrets", "app-secret"), ("core/serviceaccounts", "app"),
            ("autoscaling/horizontalpodautoscalers", "shell"), ("rbac.authorization.k8s.io/rolebindings", "app"),
            ("rbac.authorization.k8s.io/roles", "app"), ("networking.k8s.io/networkpolicies", "shell-from-distroless"),
            ("policy/poddisruptionbudgets", "shell"), ("networking.k8s.io/ingresses", "shell"),
            ("core/resourcequotas", "demo"),
        ] {
            #expect(try has(capture, list, name), "\(name) of \(list)")
        }
        #expect(capture.has("\(Self.base)/apps/replicasets.yaml"))
        #expect(capture.has("data/cluster-scoped-resources/core/persistentvolumes/exhibit-demo-shell-data.yaml"))
        let node = try await TestCluster.kubectl(
            ["get", "pod", pod, "-n", TestCluster.namespace, "-o", "jsonpath={.spec.nodeName}"]
        ).text
        #expect(capture.has("data/cluster-scoped-resources/core/nodes/\(node).yaml"))

        for (list, name) in [
            ("apps/deployments", "distroless"), ("core/services", "store"), ("core/persistentvolumeclaims", "unbound"),
            ("apps/statefulsets", "store"), ("batch/jobs", "once"),
            ("rbac.authorization.k8s.io/rolebindings", "restricted"),
        ] {
            #expect(try !has(capture, list, name), "\(name) of \(list) has nothing to do with it")
        }
    }

    @Test
    func aPodBringsItsOwners() async throws {
        let pod = try await TestCluster.pod("distroless")
        let capture = try await collect(["pod/\(pod)", "-n", TestCluster.namespace])
        #expect(try capture.pods() == [pod])
        #expect(try has(capture, "apps/deployments", "distroless"))
        #expect(try has(capture, "apps/replicasets", String(pod.prefix(upTo: try #require(pod.lastIndex(of: "-"))))))
        #expect(try !has(capture, "apps/deployments", "shell"))
        #expect(try !has(capture, "core/services", "shell"))
        #expect(try !has(capture, "core/secrets", "app-secret"))
        #expect(try capture.ledger("sockets", pod: pod).first?.reason?.code == "NoTools")
    }

    @Test
    func aPodWithoutOwnersStandsAlone() async throws {
        let capture = try await Capture.signed.value
        #expect(try capture.pods() == ["pair"])
        #expect(try !has(capture, "apps/deployments", "shell"))
        #expect(try !has(capture, "apps/replicasets", "shell"))
    }

    @Test
    func eventsOfThePodAreThere() async throws {
        let capture = try await collect(["pod/imagepull", "-n", TestCluster.namespace])
        let events = try capture.paths().filter { $0.hasSuffix("/events.yaml") }.map { try capture.text($0) }.joined()
        #expect(events.contains("ImagePullBackOff") || events.contains("Failed"))
        #expect(!events.contains("name: crashloop."))
    }

    @Test
    func aSelectorChoosesPods() async throws {
        let capture = try await collect(["-l", "app in (pair, logs)", "-n", TestCluster.namespace])
        #expect(try capture.pods() == ["pair", "logs"])
    }

    @Test
    func theNamespaceFlagAloneMeansTheNamespace() async throws {
        let capture = try await collect(["-n", TestCluster.namespace, "--touch", "none"])
        let pods = Set(try await TestCluster.names(of: "pods"))
        #expect(try capture.pods() == pods)
        // Nothing was run in a container, and the ledger says so.
        #expect(try !capture.text("meta/custody.jsonl").contains(#""action":"exec""#))
        let sockets = try capture.ledger("sockets", pod: try await TestCluster.pod("shell"))
        #expect(!sockets.isEmpty)
        #expect(sockets.allSatisfy { $0.state == "skipped" && $0.reason != nil })
    }

    @Test
    func otherNamespacesStayOut() async throws {
        let capture = try await Capture.demo.value
        // Events of the target's nodes lie in another one.
        let ofNodes = Set(try capture.ledger().filter { $0.step == "list of nodes" }.flatMap(\.entries))
        let namespaces = Set(
            try capture.paths().filter { $0.hasPrefix("data/namespaces/") && !ofNodes.contains($0) }.compactMap {
                $0.split(separator: "/").dropFirst(2).first
            })
        #expect(namespaces == [Substring(TestCluster.namespace)])
    }

    @Test
    func theClusterHasEveryNamespace() async throws {
        let capture = try await collect(["cluster", "--touch", "none", "--tail", "5"])
        for namespace in ["default", "kube-system", TestCluster.namespace] {
            #expect(capture.has("data/namespaces/\(namespace)/\(namespace).yaml"), "\(namespace)")
        }
        let pods = Set(try await TestCluster.names(of: "pods"))
        #expect(try capture.pods().isSuperset(of: pods))
        let paths = try capture.paths()
        for folder in [
            "core/nodes", "apiextensions.k8s.io/customresourcedefinitions", "rbac.authorization.k8s.io/clusterroles",
        ] {
            #expect(paths.contains { $0.hasPrefix("data/cluster-scoped-resources/\(folder)/") }, "\(folder)")
        }
        let log = try capture.text("\(Self.base)/pods/logs/long/long/logs/current.log")
        #expect(log.split(separator: "\n").count <= 5)
    }

    @Test
    func severalTargetsShareABundle() async throws {
        let capture = try await collect(["pod/pair", "pod/logs", "-n", TestCluster.namespace, "--touch", "none"])
        #expect(try capture.pods() == ["pair", "logs"])
    }
}

/// `exhibit collect host` needs no cluster.
@Suite(.needsBinary)
struct HostTargetTests {
    @Test
    func theHostIsCapturedWithoutACluster() async throws {
        let capture = try await Capture.collect(["host", "--since", "10m"], name: "host.tar", within: .seconds(120))
        let paths = try capture.paths().filter { $0.hasPrefix("data/host/") }
        #expect(paths.contains { $0.contains("sockets") })
        #expect(paths.contains { $0.contains("process") })
        #expect(paths.contains { $0.contains("mount") })
        let ledger = try capture.ledger()
        #expect(ledger.allSatisfy { $0.source == "node" || $0.source == "local" })
        #expect(ledger.allSatisfy { ["ok", "empty"].contains($0.state) || $0.reason != nil })
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID])
    }

    /// A cluster that does not answer costs the cluster, not the host.
    @Test
    func theHostIsCapturedWhenTheClusterIsNotThere() async throws {
        let capture = try await Capture.collect(
            ["host", "namespace/any", "--since", "1m", "--deadline", "15s", "--kubeconfig", "/no-such-kubeconfig"],
            name: "host.tar",
            expecting: [Exhibit.Code.sealedWithGaps, Exhibit.Code.sealedAtDeadline])
        #expect(try capture.paths().contains { $0.hasPrefix("data/host/") })
        let line = try #require(try capture.ledger().first { $0.target.kind == "Cluster" })
        #expect(line.reason?.message.contains("/no-such-kubeconfig") == true)
    }
}
