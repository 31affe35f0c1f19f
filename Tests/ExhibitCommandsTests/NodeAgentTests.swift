import Foundation
import Testing

/// What a real agent brings from the node of a real pod, against what the node itself says.
@Suite(.needsBinary, .needsCluster, .needsAgentImage, .serialized)
struct NodeAgentTests {
    /// What one record of a step's JSON lines says, as far as tests look at it.
    private struct Row: Decodable {
        struct Owner: Decodable {
            var pid: Int
        }

        var pid: Int?
        var table: String?
        var state: String?
        var local_port: Int?
        var remote_port: Int?
        var inode: UInt64?
        var owners: [Owner]?
        var path: String?
        var path_deleted: Bool?
        var deleted: Bool?
        var sha256: String?
        var change: String?
        var original_sha256: String?
    }

    private static func rows(_ capture: Capture, _ path: String) throws -> [Row] {
        try capture.text(path).split(separator: "\n").map {
            try JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
    }

    private static func agent() throws -> [String] {
        ["--touch", "agent", "--agent-image", try #require(Requirements.agentImage)]
    }

    private static func id(of pod: String, in namespace: String) async throws -> String {
        let words = try await TestCluster.kubectl(
            ["get", "pod", pod, "-n", namespace, "-o", "jsonpath={.status.containerStatuses[0].containerID}"])
        return try #require(words.text.split(separator: "/").last.map(String.init))
    }

    /// The processes of a container as this machine, which is the node, has them.
    private static func processes(of id: String) throws -> Set<Int> {
        Set(
            try Files.names(in: "/proc").compactMap { Int($0) }.filter { pid in
                (try? Files.text("/proc/\(pid)/cgroup"))?.contains(id) == true
            })
    }

    /// Those that are not on their way out: a kubelet may take a minute to say that one is gone.
    private static func agents() async throws -> [String] {
        let template =
            "{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{\"\\n\"}}{{end}}{{end}}"
        return try await TestCluster.kubectl(["get", "pods", "-n", "exhibit-agents", "-o", "go-template=\(template)"])
            .text.split(separator: "\n").map(String.init)
    }

    @Test
    func aPodWithoutToolsShowsItsConnectionsProcessesAndChanges() async throws {
        let pod = try await TestCluster.pod("distroless")
        let namespace = TestCluster.namespace
        let capture = try await Capture.collect(
            ["pod/\(pod)", "-n", namespace, "--profile", "minimal"]
                + ["sockets", "processes", "changes", "logs", "host-kernel"].flatMap { ["--with", $0] }
                + Self.agent(), kubeconfig: try TestCluster.kubeconfig(), within: .seconds(120))
        let lines = try capture.ledger()
        let start = try #require(lines.first { $0.collector == "node-agent" })
        #expect(start.state == "ok" && start.target.node != nil, "\(start)")
        for collector in ["sockets", "processes", "changes", "logs"] {
            let own = try capture.ledger(collector, pod: pod)
            #expect(own.map(\.source) == ["node"] && own.map(\.state) == ["ok"], "\(collector): \(own)")
        }
        let folder =
            "data/namespaces/\(namespace)/pods/\(pod)/\(try #require(lines.first { $0.collector == "sockets" }?.target.container))"
        let id = try await Self.id(of: pod, in: namespace)
        let expected = try Self.processes(of: id)
        #expect(!expected.isEmpty)
        #expect(Set(try Self.rows(capture, folder + "/processes/processes.jsonl").compactMap(\.pid)) == expected)
        // It speaks to itself all the time: what listens does not change.
        let listening = try Self.rows(capture, folder + "/sockets/sockets.jsonl").filter {
            $0.state == "listen" || $0.state == "LISTEN"
        }
        let first = try #require(expected.first)
        let kernel = try Files.text("/proc/\(first)/net/tcp") + Files.text("/proc/\(first)/net/tcp6")
        var inodes: Set<UInt64> = []
        for line in kernel.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) { inodes.insert(inode) }
        }
        #expect(!inodes.isEmpty)
        let seen = listening.filter { $0.table?.hasPrefix("tcp") == true }
        #expect(Set(seen.compactMap(\.inode)) == inodes)
        #expect(listening.allSatisfy { !($0.owners ?? []).isEmpty })
        #expect(try !Self.rows(capture, folder + "/changes/changes.jsonl").isEmpty)
        #expect(capture.has("data/nodes/\(try #require(start.target.node))/host/kernel/log.jsonl"))
        #expect(try await Self.agents() == [])
        // What was done to the cluster is in the custody log, the pod's end too.
        let custody = try capture.text("meta/custody.jsonl")
        for action in ["pod-created", "agent", "pod-removed"] { #expect(custody.contains("\"action\":\"\(action)\"")) }
        #expect(custody.contains("\"gone\":true"))
    }

    /// A file that is written, one that is changed, one that is deleted, a program that runs and is not there any more, a port
    /// that listens and a connection to elsewhere: each is found, without a command in the container.
    @Test
    func whatSomebodyDidInAContainerIsFound() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: owned}
                spec:
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: registry.local/busybox:1
                    imagePullPolicy: Never
                    readinessProbe: {exec: {command: [test, -e, /tmp/done]}, periodSeconds: 1}
                    command:
                    - sh
                    - -c
                    - |
                      echo implant > /bin/implant; echo x >> /etc/passwd; rm /etc/group
                      cp /bin/busybox /tmp/sleep
                      /tmp/sleep 3000 & (sleep 3000 | nc -l -p 4444) & (sleep 3000 | nc -l -p 5555) & sleep 1
                      (sleep 3000 | nc 127.0.0.1 4444) & sleep 1
                      rm /tmp/sleep; touch /tmp/done; sleep 3000
                """)
            try await TestCluster.kubectl(
                ["wait", "pod/owned", "-n", namespace.name, "--for=condition=Ready", "--timeout=45s"])
            let capture = try await Capture.collect(
                ["pod/owned", "-n", namespace.name, "--profile", "minimal"]
                    + ["sockets", "processes", "changes"].flatMap { ["--with", $0] } + Self.agent(),
                kubeconfig: try TestCluster.kubeconfig(), within: .seconds(120))
            let folder = "data/namespaces/\(namespace.name)/pods/owned/main"
            let changes = try Self.rows(capture, folder + "/changes/changes.jsonl")
            func change(_ path: String) -> Row? { changes.first { $0.path == path } }
            #expect(change("/bin/implant")?.change == "added")
            #expect(try capture.text(folder + "/changes/content/bin/implant") == "implant\n")
            #expect(change("/etc/passwd")?.change == "modified" && change("/etc/passwd")?.original_sha256 != nil)
            #expect(change("/etc/group")?.change == "deleted")
            let busybox = try await TestCluster.kubectl(
                ["exec", "owned", "-n", namespace.name, "--", "sha256sum", "/bin/busybox"])
            let executables = try Self.rows(capture, folder + "/processes/executables.jsonl")
            #expect(
                executables.contains {
                    $0.path == "/tmp/sleep" && $0.deleted == true && $0.sha256 == String(busybox.text.prefix(64))
                }, "\(executables)")
            let sockets = try Self.rows(capture, folder + "/sockets/sockets.jsonl")
            #expect(sockets.contains { $0.remote_port == 4444 && !($0.owners ?? []).isEmpty }, "\(sockets)")
            #expect(sockets.contains { $0.local_port == 5555 && !($0.owners ?? []).isEmpty })
            #expect(try !capture.text("meta/custody.jsonl").contains("\"action\":\"exec\""))
        }
    }

    @Test
    func whereNoAgentStartsTheContainersOwnToolsAreAsked() async throws {
        let nowhere = "registry.local/nowhere@sha256:" + String(repeating: "0", count: 64)
        let capture = try await Capture.collect(
            [
                "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--with", "sockets", "--touch",
                "agent",
                "--agent-image", nowhere,
            ], kubeconfig: try TestCluster.kubeconfig(), expecting: [Exhibit.Code.sealedWithGaps], within: .seconds(120)
        )
        let start = try #require(try capture.ledger().first { $0.collector == "node-agent" })
        #expect(start.state == "error" && start.reason?.code == "AgentNotStarted", "\(start)")
        let sockets = try capture.ledger("sockets", pod: "pair")
        #expect(
            sockets.count == 2 && sockets.allSatisfy { $0.source == "in-container" && $0.state == "ok" }, "\(sockets)")
        #expect(try await Self.agents() == [])
    }

    @Test
    func anImageIsNamedByItsDigest() async throws {
        let kubeconfig = try TestCluster.kubeconfig()
        for more in [[], ["--agent-image", "registry.local/exhibit:1"]] {
            let outcome = try await Exhibit.run(
                ["collect", "pod/pair", "-n", TestCluster.namespace, "--touch", "agent", "--kubeconfig", kubeconfig]
                    + more)
            #expect(outcome.status == Exhibit.Code.usage, "\(outcome.summary)")
            outcome.expectMessage("sha256:")
        }
    }

    /// Its own side is gone, and so is the agent: at once what serves, at its limit what keeps the pod there.
    @Test
    func anAgentDoesNotOutliveWhoStartedIt() async throws {
        let path = try Scratch.folder() + "/bundle.tar.zst"
        let program = try CollectRun.start(
            [
                "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--with", "host-changes", "--since",
                "30d",
                "--deadline", "1s",
            ] + Self.agent() + ["--deadline", "20s"], kubeconfig: try TestCluster.kubeconfig(), path: path)
        var serving: Set<Int> = []
        for _ in 0..<300 where serving.isEmpty {
            try await Task.sleep(for: .milliseconds(100))
            serving = try Self.serving()
        }
        try #require(!serving.isEmpty, "no agent was seen to serve")
        program.signal(SIGKILL)
        for _ in 0..<250 where try !Self.serving().isDisjoint(with: serving) {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try Self.serving().isDisjoint(with: serving), "it goes on without anybody")
        let left = try await Self.agents()
        #expect(!left.isEmpty)
        let listed = try await Exhibit.expect(
            Exhibit.Code.ok, ["agents", "clean", "--kubeconfig", try TestCluster.kubeconfig()])
        #expect(listed.text.contains("stays"), "a run may be under way: \(listed.summary)")
        #expect(try await Self.agents() == left)
        let cleaned = try await Exhibit.expect(
            Exhibit.Code.ok, ["agents", "clean", "--all", "--kubeconfig", try TestCluster.kubeconfig()])
        #expect(cleaned.text.contains("removed"), "\(cleaned.summary)")
        #expect(try await Self.agents() == [])
    }

    private static func serving() throws -> Set<Int> {
        Set(
            try Files.names(in: "/proc").compactMap { Int($0) }.filter { pid in
                (try? Files.text("/proc/\(pid)/cmdline"))?.hasPrefix("/exhibit\0agent\0serve\0") == true
            })
    }
}

/// What an agent's processes do with nobody on the other side.
@Suite(.needsBinary)
struct AgentProcessTests {
    @Test(.timeLimit(.minutes(1)))
    func whatKeepsThePodEndsAtItsLimit() async throws {
        let until = Int(Date().timeIntervalSince1970) + 3_600
        let outcome = try await Exhibit.run(["agent", "wait", "--until", "\(until)", "--limit", "1s"])
        // By the kernel's alarm: no thread has to get to run for it.
        #expect(!outcome.hung && outcome.status != 0, "\(outcome.summary)")
    }

    @Test(.timeLimit(.minutes(1)))
    func aPodThatComesHoursLateEndsAtOnce() async throws {
        let until = Int(Date().timeIntervalSince1970) - 3_600
        for command in [["wait", "--limit", "10m"], ["serve"]] {
            let outcome = try await Exhibit.run(["agent"] + command + ["--until", "\(until)"])
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.summary)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whatServesEndsWithItsInput() async throws {
        let until = Int(Date().timeIntervalSince1970) + 3_600
        let outcome = try await Exhibit.run(["agent", "serve", "--until", "\(until)"])
        #expect(!outcome.hung && outcome.status == 0, "\(outcome.summary)")
        #expect(outcome.text.contains("\"protocol\":2"))
    }
}
