import Foundation
import Testing

/// What is captured beyond the target, by collectors that were named: logs of pods elsewhere, and custom resources.
@Suite(.needsBinary, .needsCluster, .serialized)
struct ElsewhereTests {
    /// A namespace with a pod that says a line and is labelled as ingress-nginx is, and one with nothing in it.
    private static func withPod(_ body: (_ pod: ClusterNamespace, _ other: ClusterNamespace) async throws -> Void)
        async throws
    {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "proxy", script: "echo elsewhere; exec sleep 600")
            try await TestCluster.kubectl([
                "label", "pod", "proxy", "-n", namespace.name, "app.kubernetes.io/name=ingress-nginx",
            ])
            try await ClusterNamespace.with { other in try await body(namespace, other) }
        }
    }

    @Test func logsOfPodsElsewhereAreTakenWhenTheyAreNamed() async throws {
        try await Self.withPod { namespace, other in
            let capture = try await Capture.collect(
                [
                    "namespace/\(other.name)", "--profile", "minimal", "--with", "ingress-nginx", "--touch", "none",
                ], kubeconfig: try TestCluster.kubeconfig())
            let folder = "data/namespaces/\(namespace.name)/pods/proxy"
            #expect(try capture.text("\(folder)/main/main/logs/current.log").contains("elsewhere"))
            #expect(try capture.text("\(folder)/proxy.yaml").contains("app.kubernetes.io/name: ingress-nginx"))
            let lines = try capture.ledger().filter { $0.collector == "ingress-nginx" }
            #expect(lines.contains { $0.target.name == "proxy" && $0.target.container == "main" && $0.state == "ok" })
            // Nothing else of that namespace.
            #expect(try capture.paths().filter { $0.hasPrefix("data/namespaces/\(namespace.name)/") }.count == 2)
        }
    }

    @Test func whatTheTargetHasIsNotTakenTwice() async throws {
        try await Self.withPod { namespace, _ in
            let capture = try await Capture.collect(
                [
                    "namespace/\(namespace.name)", "--with", "ingress-nginx", "--touch", "none",
                ], kubeconfig: try TestCluster.kubeconfig())
            let log = "data/namespaces/\(namespace.name)/pods/proxy/main/main/logs/current.log"
            #expect(try capture.text(log).contains("elsewhere"))
            let lines = try capture.ledger()
            #expect(lines.filter { $0.collector == "ingress-nginx" && $0.target.name == "proxy" }.isEmpty)
            #expect(lines.filter { $0.collector == "logs" && $0.target.name == "proxy" }.map(\.state) == ["ok"])
            #expect(!lines.contains { $0.state == "error" })
        }
    }

    /// Text for people, by the kubectl of this machine: the real one.
    @Test func whatKubectlDescribesIsTakenWhenItIsNamed() async throws {
        let config = try TestCluster.kubeconfig()
        let context = try await TestCluster.kubectl(["config", "current-context"]).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let run = try await CollectRun.run(
            [
                "namespace/\(TestCluster.namespace)", "--profile", "minimal", "--touch", "none", "--with", "kubectl",
                "--set", "kubectl.context=\(context)", "--set", "kubectl.namespace=\(TestCluster.namespace)",
            ], kubeconfig: config, environment: ["KUBECONFIG": config])
        let capture = try await run.capture()
        let pods = try capture.text("data/local/kubectl/pods-described.txt")
        #expect(pods.contains("Controlled By:  StatefulSet/store"))
        #expect(try capture.text("data/local/kubectl/rollouts.txt").contains("deployment.apps/shell"))
        let states = try capture.ledger().filter { $0.collector == "kubectl" }
            .reduce(into: [:]) { $0[$1.step] = $1.state }
        // The test cluster measures nothing; kubectl and server may be of versions far apart.
        let unsure = ["command top.txt", "command cronjobs-described.txt", "command limits-described.txt"]
        #expect(states.count == 12 && states["command top.txt"] == "error", "\(states)")
        #expect(states.allSatisfy { $0.value == "ok" || unsure.contains($0.key) }, "\(states)")
    }

    @Test func aClusterWithoutThemCostsALineForEachStep() async throws {
        try await ClusterNamespace.with { namespace in
            let names = ["velero", "fluentd"]
            let capture = try await Capture.collect(
                ["namespace/\(namespace.name)", "--profile", "minimal", "--touch", "none"]
                    + names.flatMap { ["--with", $0] }, kubeconfig: try TestCluster.kubeconfig(),
                expecting: [Exhibit.Code.ok])
            for name in names {
                let lines = try capture.ledger().filter { $0.collector == name }
                #expect(lines.map(\.state).sorted() == ["empty", "missing"], "\(name)")
                #expect(lines.contains { $0.reason?.code == "NotServed" })
            }
        }
    }

    @Test(.needsTool("python3")) func customResourcesAreTakenWhereverTheyAre() async throws {
        try await Self.withCertificates { namespace in
            try await ClusterNamespace.with { other in
                let file = "data/namespaces/\(namespace.name)/cert-manager.io/certificates.yaml"
                let elsewhere = try await Capture.collect(
                    [
                        "namespace/\(other.name)", "--profile", "minimal", "--with", "cert-manager", "--touch", "none",
                    ], kubeconfig: try TestCluster.kubeconfig())
                let theirs = try await TestCluster.kubectl([
                    "get", "--raw", "/apis/cert-manager.io/v1/namespaces/\(namespace.name)/certificates",
                ])
                try await Scratch.withFolder { folder in
                    try Files.write(theirs.output, to: folder + "/theirs.json")
                    let result = try await Tool.run(
                        "python3", ["-c", Self.comparison, elsewhere.folder + "/" + file, folder + "/theirs.json"])
                    #expect(result.text == "same 1\n")
                }
                // The target's own list of everything has it, too: once is enough.
                let own = try await Capture.collect(
                    [
                        "namespace/\(namespace.name)", "--with", "cert-manager", "--touch", "none",
                    ], kubeconfig: try TestCluster.kubeconfig())
                #expect(try own.text(file).contains("awkward"))
                #expect(try own.paths().filter { $0.contains("/certificates") && $0.hasSuffix(".yaml") }.count == 1)
                let lines = try own.ledger().filter { $0.target.resource == "certificates.cert-manager.io" }
                #expect(lines.count >= 2 && lines.allSatisfy { ["ok", "empty"].contains($0.state) }, "\(lines)")
            }
        }
    }

    /// Keys and values that YAML readers like to take for something else, through the real API server and back.
    private static func withCertificates(_ body: (ClusterNamespace) async throws -> Void) async throws {
        try await CustomKind.with(CustomKind.certManager) { namespace in
            try await namespace.apply(certificate)
            try await body(namespace)
        }
    }

    /// Each kind of both, by CRDs of its real group, name and scope.
    @Test(arguments: [("cert-manager", CustomKind.certManager), ("velero", CustomKind.velero)])
    func everyKindIsTakenWhereverItIs(_ collector: String, _ kinds: [CustomKind]) async throws {
        try await CustomKind.with(kinds) { namespace in
            for kind in kinds { try await namespace.apply(kind.object(namespace.name)) }
            try await ClusterNamespace.with { other in
                let capture = try await Capture.collect(
                    [
                        "namespace/\(other.name)", "--profile", "minimal", "--with", collector, "--touch", "none",
                    ], kubeconfig: try TestCluster.kubeconfig())
                for kind in kinds {
                    let file = kind.file(namespace.name)
                    #expect(try capture.text("data/" + file).contains("said: of \(kind.plural)"), "\(file)")
                    let line = try capture.ledger().first { $0.target.resource == "\(kind.plural).\(kind.group)" }
                    #expect(line?.state == "ok" && line?.collector == collector, "\(kind.plural)")
                }
            }
            for kind in kinds where !kind.isNamespaced {
                try await TestCluster.kubectl(["delete", "\(kind.plural).\(kind.group)", namespace.name])
            }
        }
    }

    /// JSON, which is YAML.
    private static let certificate = #"""
        {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "awkward"}, "spec": {
         "<<": {"a": 1}, "null": null, "~": "~", "yes": "no", "1e3": "1e3", "0o7": "0o7", "on": true, "": "", "=": "=",
         "number": 9007199254740993, "float": 1.5, "nel": "a\u0085b", "bom": "\ufeffa", "lines": "a\n b\n\n",
         "tab": "\ta\n", "esc": "\u001b[31m", "hidden": "\u202eabc\u200b", "emoji": "👩‍👩‍👧 😀\n", "list": [[], {}, [1, ["x"]]],
         "date": "2024-01-01", "time": "12:30:45", "key: value": "# no comment", "none": "\ufdd0"}}
        """#

    private static let comparison = """
        import json, sys, yaml
        with open(sys.argv[1], encoding="utf-8") as ours, open(sys.argv[2], encoding="utf-8") as theirs:
            mine, other = yaml.safe_load(ours)["items"], json.load(theirs)["items"]
        assert mine == other and list(mine[0]["spec"]) == list(other[0]["spec"]), (mine, other)
        print("same", len(mine))
        """
}
