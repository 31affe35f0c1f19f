import Foundation
import Testing

/// `exhibit collect namespace/exhibit-demo`: every workload of the test cluster, whatever its state.
@Suite(.needsBinary, .needsCluster)
struct NamespaceCaptureTests {
    private static let base = "data/namespaces/\(TestCluster.namespace)"

    @Test
    func whatCouldBeHadIsSealed() async throws {
        let capture = try await Capture.demo.value
        // 20 when a container stopped while it was looked at.
        #expect([Exhibit.Code.ok, Exhibit.Code.sealedWithGaps].contains(capture.exitCode))
        let opening = try capture.opening()
        #expect(opening.folder == capture.folder.split(separator: "/").last.map(String.init))
        #expect(opening.targets == ["namespace/\(TestCluster.namespace)"])
        #expect(opening.touch == "exec")
        #expect(opening.secrets == "hashed")
        #expect(opening.case.id == "T-17")
        #expect(opening.case.evidence == "E 4")
        #expect(opening.case.purpose == "pod looks owned")
        #expect(opening.case.operator == "Alice Example")
        #expect(opening.case.authorisation == "order 12/26")
    }

    @Test
    func everyPodIsThereInTheLayoutOfMustGather() async throws {
        let capture = try await Capture.demo.value
        for pod in try await TestCluster.names(of: "pods") {
            #expect(capture.has("\(Self.base)/pods/\(pod)/\(pod).yaml"), "\(pod)")
        }
        #expect(capture.has("\(Self.base)/\(TestCluster.namespace).yaml"))
    }

    @Test(arguments: [
        "core/pods.yaml", "core/services.yaml", "core/endpoints.yaml", "core/configmaps.yaml", "core/secrets.yaml",
        "core/serviceaccounts.yaml", "core/persistentvolumeclaims.yaml", "core/resourcequotas.yaml",
        "core/limitranges.yaml",
        "core/events.yaml", "apps/deployments.yaml", "apps/replicasets.yaml", "apps/statefulsets.yaml",
        "apps/daemonsets.yaml",
        "batch/jobs.yaml", "batch/cronjobs.yaml", "autoscaling/horizontalpodautoscalers.yaml",
        "policy/poddisruptionbudgets.yaml", "networking.k8s.io/ingresses.yaml",
        "networking.k8s.io/networkpolicies.yaml",
        "rbac.authorization.k8s.io/roles.yaml", "rbac.authorization.k8s.io/rolebindings.yaml",
        "discovery.k8s.io/endpointslices.yaml", "forensics.example.org/cases.yaml",
    ])
    func objectsOfEveryKindLieWhereMustGatherPutsThem(path: String) async throws {
        let capture = try await Capture.demo.value
        let text = try capture.text("\(Self.base)/\(path)")
        #expect(text.contains("\nitems:"))
        #expect(text.contains("\nkind: ") && text.contains("List"))
    }

    @Test(arguments: [
        ("core/configmaps.yaml", ["app-config"]), ("core/persistentvolumeclaims.yaml", ["shell-data", "unbound"]),
        ("core/resourcequotas.yaml", ["demo"]), ("core/services.yaml", ["shell", "store"]),
        ("apps/deployments.yaml", ["shell", "distroless"]), ("apps/statefulsets.yaml", ["store"]),
        ("apps/daemonsets.yaml", ["agent"]), ("batch/jobs.yaml", ["once"]), ("batch/cronjobs.yaml", ["nightly"]),
        ("autoscaling/horizontalpodautoscalers.yaml", ["shell"]),
        ("networking.k8s.io/networkpolicies.yaml", ["deny-all", "shell-from-distroless"]),
        ("rbac.authorization.k8s.io/roles.yaml", ["app", "restricted"]),
        ("forensics.example.org/cases.yaml", ["case-1", "case-2"]),
    ])
    func objectsAreInTheirLists(path: String, names: [String]) async throws {
        let text = try await Capture.demo.value.text("\(Self.base)/\(path)")
        for name in names {
            #expect(text.contains("\n    name: \(name)\n"), "\(name) in \(path)")
        }
    }

    @Test(arguments: [
        "core/nodes", "core/persistentvolumes", "rbac.authorization.k8s.io/clusterroles",
        "rbac.authorization.k8s.io/clusterrolebindings",
    ])
    func whatTheNamespaceRefersToOutsideIsThere(folder: String) async throws {
        let paths = try await Capture.demo.value.paths()
        #expect(paths.contains { $0.hasPrefix("data/cluster-scoped-resources/\(folder)/") && $0.hasSuffix(".yaml") })
    }

    // MARK: Logs

    @Test(arguments: [
        ("pair", "first", "first "), ("pair", "second", "second to stderr"), ("logs", "long", "line 5000 of 5000"),
        ("crashloop", "main", "starting"), ("oomkilled", "main", ""), ("initfail", "init", "init failing"),
        ("once", "main", "job done"), ("shell", "shell", "line "), ("distroless", "holder", ""),
        ("oomkilled-once", "main", ""), ("store", "store", ""), ("agent", "agent", ""),
        ("privileged-hostpid", "main", ""),
    ])
    func everyContainerThatRanHasItsLog(pod: String, container: String, text: String) async throws {
        let capture = try await Capture.demo.value
        let names = try capture.pods().filter { $0 == pod || $0.hasPrefix(pod + "-") && pod != "oomkilled" }
        let name = try #require(names.first, "no pod \(pod)")
        let path = "\(Self.base)/pods/\(name)/\(container)/\(container)/logs/current.log"
        #expect(try capture.text(path).contains(text) || text.isEmpty, "\(path)")
    }

    /// For some seconds after a crash the kubelet names a previous container whose log it has removed already: the ledger says
    /// so then, and later its words are to be had.
    @Test(arguments: [
        ("crashloop", "main", "starting"), ("initfail", "init", "init failing"), ("oomkilled", "main", ""),
    ])
    func whatCrashedHasItsPreviousLog(pod: String, container: String, text: String) async throws {
        var capture = try await Capture.demo.value
        let path = "\(Self.base)/pods/\(pod)/\(container)/\(container)/logs/previous.log"
        for _ in 0..<8 where !capture.has(path) {
            let line = try #require(
                try capture.ledger("logs", pod: pod, container: container).last { $0.state == "missing" })
            #expect(line.reason?.code == "LogGone")
            #expect(line.reason?.message.contains("unable to retrieve container logs for") == true)
            try await Task.sleep(for: .seconds(4))
            capture = try await Capture.collect(
                ["pod/\(pod)", "-n", TestCluster.namespace, "--touch", "none"], kubeconfig: try TestCluster.kubeconfig()
            )
        }
        let words = try capture.text(path)
        #expect(text.isEmpty || words.contains(text), "\(words)")
    }

    /// The API has their log or says why not; both are known afterwards.
    @Test(arguments: ["imagepull", "pending"])
    func whatNeverRanHasALineInsteadOfALog(pod: String) async throws {
        let lines = try await Capture.demo.value.ledger("logs", pod: pod)
        try #require(!lines.isEmpty)
        for line in lines {
            #expect(line.state == "missing")
            #expect(line.reason?.message.isEmpty == false)
        }
    }

    // MARK: Volatile state

    @Test
    func socketsOfTheShellPodShowItsListeningPort() async throws {
        let capture = try await Capture.demo.value
        let pod = try await TestCluster.pod("shell")
        let line = try #require(try capture.ledger("sockets", pod: pod, container: "shell").first)
        #expect(line.state == "ok")
        #expect(line.source == "in-container")
        let text = try capture.text("\(Self.base)/pods/\(pod)/shell/sockets/proc-net.txt")
        // 8080 in the kernel's hexadecimal, in state 0A: listening.
        #expect(text.split(separator: "\n").contains { $0.contains(":1F90 ") && $0.contains(" 0A ") })
        #expect(line.entries.contains { $0.hasSuffix("/shell/sockets/proc-net.txt") })
    }

    @Test
    func processesOfTheShellPodAreThere() async throws {
        let capture = try await Capture.demo.value
        let pod = try await TestCluster.pod("shell")
        let text = try capture.text("\(Self.base)/pods/\(pod)/shell/processes/processes.txt")
        #expect(text.contains("httpd"))
    }

    @Test
    func changedFilesOfTheShellPodAreListed() async throws {
        let capture = try await Capture.demo.value
        let pod = try await TestCluster.pod("shell")
        #expect(
            try capture.text("\(Self.base)/pods/\(pod)/shell/changes/changed-files.tsv").contains("/www/index.html"))
    }

    @Test(arguments: ["sockets", "processes", "changes"])
    func theDistrolessPodsGapIsALineWithItsReason(collector: String) async throws {
        let pod = try await TestCluster.pod("distroless")
        var lines = try await Capture.demo.value.ledger(collector, pod: pod)
        // On a busy machine an exec may not end in time, which is a reason of its own; then it is asked again.
        for _ in 0..<3 where lines.contains(where: { $0.state == "timeout" }) {
            let again = try await Capture.collect(
                ["pod/\(pod)", "-n", TestCluster.namespace], kubeconfig: try TestCluster.kubeconfig())
            lines = try again.ledger(collector, pod: pod)
        }
        // Of processes also the one for their executables.
        #expect(lines.count == (collector == "processes" ? 2 : 1))
        for line in lines {
            #expect(line.state == "missing")
            #expect(line.entries.isEmpty)
            #expect(line.reason?.code == "NoTools")
            #expect(line.reason?.message.contains("not in the container") == true)
        }
    }

    @Test
    func theMostVolatileIsAttemptedFirst() async throws {
        let lines = try await Capture.demo.value.ledger()
        #expect(Set(lines.map(\.attempt)).count == lines.count)
        let first = { (collector: String) in lines.filter { $0.collector == collector }.map(\.attempt).min() ?? .max }
        #expect(first("pods") < first("sockets"))
        #expect(first("sockets") < first("logs"))
        #expect(first("processes") < first("logs"))
        #expect(first("logs") < first("changes"))
    }

    @Test
    func theLedgerAndThePayloadAgree() async throws {
        let capture = try await Capture.demo.value
        let listed = try capture.ledger().flatMap(\.entries)
        #expect(Set(listed).count == listed.count)
        let payload = try capture.paths().filter {
            $0.hasPrefix("data/") && !["data/version", "data/run/cost.json"].contains($0)
        }
        #expect(listed.sorted() == payload)
    }

    @Test
    func everyExecIsInCustody() async throws {
        let text = try await Capture.demo.value.text("meta/custody.jsonl")
        let lines = text.split(separator: "\n")
        #expect(lines.first?.contains(#""action":"opened""#) == true)
        #expect(lines.last?.contains(#""action":"closed""#) == true)
        #expect(lines.contains { $0.contains(#""action":"exec""#) && $0.contains("distroless") })
    }

    // MARK: Secrets

    @Test
    func secretsAreKeyedHashesOnly() async throws {
        let capture = try await Capture.demo.value
        let text = try capture.text("\(Self.base)/core/secrets.yaml")
        #expect(text.contains("password: hmac-sha256:"))
        #expect(text.contains("token: hmac-sha256:"))
        var values: [String] = []
        for (secret, key) in try await Self.confidentialKeys() {
            let encoded = try await TestCluster.kubectl([
                "get", "secret", secret, "-n", TestCluster.namespace, "-o", "go-template={{index .data \"\(key)\"}}",
            ]).text
            let value = String(decoding: try #require(Data(base64Encoded: encoded)), as: UTF8.self)
            try #require(value.utf8.count >= 8)
            values += [encoded, value]
        }
        try #require(values.count >= 6)
        for path in try capture.paths() {
            let content = try Data(contentsOf: URL(fileURLWithPath: capture.folder + "/" + path))
            for value in values {
                #expect(
                    content.range(of: Data(value.utf8)) == nil,
                    "\(path) has the value that begins with \(value.prefix(4))")
            }
        }
    }

    /// The first runs of an operator may be several at once: one of them makes the key, and all use it.
    @Test
    func runsThatStartTogetherShareTheCaseKey() async throws {
        try await Scratch.withFolder { home in
            let kubeconfig = try TestCluster.kubeconfig()
            let tokens = try await withThrowingTaskGroup(of: Substring?.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let run = try await CollectRun.run(
                            ["-l", "app=shell", "-n", TestCluster.namespace, "--touch", "none"], kubeconfig: kubeconfig,
                            environment: ["HOME": home])
                        guard run.answer.sealID != nil else { return nil }
                        let secrets = try await run.capture().text("\(Self.base)/core/secrets.yaml")
                        return secrets.split(separator: "\n").first { $0.contains("password: hmac-sha256:") }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(!tokens.contains(nil), "one of them could not begin")
            #expect(Set(tokens.compactMap { $0 }).count == 1, "equal values are comparable: \(tokens)")
        }
    }

    /// `namespace` and `ca.crt` of an account's token are no secrets, and are elsewhere as well.
    private static func confidentialKeys() async throws -> [(String, String)] {
        let tokens = try await TestCluster.names(of: "secrets").filter { $0.contains("-token-") }
        return [("app-secret", "password"), ("app-secret", "token")] + tokens.map { ($0, "token") }
    }
}
