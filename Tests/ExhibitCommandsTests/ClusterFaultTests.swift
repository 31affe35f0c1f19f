import Foundation
import Glibc
import Testing

/// Faults that a real cluster has: dead nodes, names in every alphabet, a container with 100,000 sockets. Pods that are
/// deleted meanwhile are in InterruptionTests.
@Suite(.needsBinary, .needsCluster)
struct ClusterFaultTests {
    // MARK: Nodes that are dead

    /// A node that was well once, whose kubelet listens on `port` of this machine or does not; and a pod that ran on it.
    private static func withDeadNode(
        _ name: String, port: UInt16, in namespace: ClusterNamespace, _ body: () async throws -> Void
    ) async throws {
        // Neither the scheduler nor daemon sets put anything on it.
        let node = """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"\(name)"},"spec":{"unschedulable":true,
            "taints":[{"key":"exhibit.test/dead","effect":"NoSchedule"}]}
            """
        let pod = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"on-\(name)","namespace":"\(namespace.name)"},"spec":{
            "nodeName":"\(name)","automountServiceAccountToken":false,"tolerations":[{"operator":"Exists"}],
            "containers":[{"name":"main","image":"registry.local/busybox:1","imagePullPolicy":"Never"}]}
            """
        try await Scratch.withFolder { folder in
            func put(_ verb: String, _ path: String, _ json: String) async throws {
                try Files.write(json, to: folder + "/object.json")
                try await TestCluster.kubectl([verb, "--raw", path, "-f", folder + "/object.json"])
            }
            try await put("create", "/api/v1/nodes", node + "}")
            do {
                try await put(
                    "replace", "/api/v1/nodes/\(name)/status",
                    node
                        + #","status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],"#
                        + #""daemonEndpoints":{"kubeletEndpoint":{"Port":\#(port)}}}}"#)
                try await put("create", "/api/v1/namespaces/\(namespace.name)/pods", pod + "}")
                try await put(
                    "replace", "/api/v1/namespaces/\(namespace.name)/pods/on-\(name)/status",
                    pod
                        + #","status":{"phase":"Running","containerStatuses":[{"name":"main","ready":true,"image":"i","imageID":"i","#
                        + #""restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}}"#)
                try await body()
            } catch {
                await remove(name)
                throw error
            }
            await remove(name)
        }
    }

    private static func remove(_ node: String) async {
        _ = try? await TestCluster.kubectl(["delete", "node", node, "--wait=false"], mayFail: true)
    }

    @Test(.needsTool("nsenter"), .needsTool("python3")) func nodesThatAreDeadCostTheirOwnPodsOnly() async throws {
        let server = try #require(
            try Self.process { $0.hasPrefix("kube-apiserver\0") || $0.contains("/kube-apiserver\0") })
        // Where the API server looks for kubelets: a network of its own may have a loopback of its own.
        let hole = ["nsenter", "--net=/proc/\(server)/ns/net", "python3", "-c", Self.hole]
        try await LocalService.with(hole) { port in try await Self.nodesThatAreDead(hanging: UInt16(port)) }
    }

    /// A port whose queue of connections is full: the kernel drops what asks for one more, as a firewall does.
    private static let hole = """
        import socket, sys, time
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        caller = socket.create_connection(server.getsockname())
        print("127.0.0.1:%d" % server.getsockname()[1], file=sys.stderr, flush=True)
        time.sleep(1000)
        """

    private static func nodesThatAreDead(hanging port: UInt16) async throws {
        let unused: UInt16 = 9
        let (hanging, refusing) = ("dead-\(port)", "dead-\(port)-refusing")
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "alive", script: "echo still here; exec sleep 1000")
            try await withDeadNode(hanging, port: port, in: namespace) {
                try await withDeadNode(refusing, port: unused, in: namespace) {
                    let run = try await FaultRun.of(
                        ["-n", namespace.name], kubeconfig: try TestCluster.kubeconfig(), deadline: 5)
                    #expect(run.run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.run.outcome.summary)")
                    #expect(try run.capture.pods(in: namespace.name) == ["alive", "on-\(hanging)", "on-\(refusing)"])
                    for collector in ["logs", "sockets"] {
                        let dead = try run.line(collector, pod: "on-\(refusing)")
                        #expect(dead.state == "error", "\(dead)")
                        #expect(dead.reason?.message.contains("connection refused") == true, "\(dead)")
                        let silent = try run.line(collector, pod: "on-\(hanging)")
                        #expect(silent.state == "timeout", "\(silent)")
                    }
                    let log = "data/namespaces/\(namespace.name)/pods/alive/main/main/logs/current.log"
                    #expect(try run.capture.text(log).contains("still here"))
                }
            }
        }
    }

    // MARK: Names in every alphabet

    private static let names = [
        "مدير", "מנהל", "管理员", "관리자", "роль", "διαχειριστής", "प्रबंधक", "ผู้ดูแล", "e\u{301}\u{327}\u{302}",
        "👩‍👩‍👧‍👦🏴‍☠️", "\u{202E}txt.exe", "a\u{200B}b\u{FEFF}", "ﷺﷺﷺ", "İıſß", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "\u{10FFFD}", "'\"`$(id)\\", "a\tb c",
    ]

    /// Roles may have them, and values of any kind; files in containers and what containers print may be any bytes.
    @Test func namesInEveryAlphabetAreKept() async throws {
        let long = String(repeating: "й", count: 127)
        try await ClusterNamespace.with { namespace in
            let roles = try Self.names.map { name -> String in
                let quoted = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
                return """
                    {apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: \(quoted), annotations: {
                    "exhibit.test/name": \(quoted)}}, rules: []}
                    """
            }
            let data = try JSONEncoder().encode(["key": Self.names.joined(separator: "\n")])
            try await namespace.apply(
                (roles + [
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: values}, data: \(String(decoding: data, as: UTF8.self))}"
                ]).map { "---\n\($0)\n" }.joined())
            let words = (Self.names + [long]).filter { !$0.contains("'") }
            let made = words.map { "\"/tmp/\($0)\"" }.joined(separator: " ")
            try await namespace.run(
                pod: "names",
                script:
                    "touch \(made) \"/tmp/$(printf \"\\377\\376\")\"; echo \(words.joined(separator: " ")); exec sleep 1000"
            )
            let run = try await FaultRun.of(
                ["-n", namespace.name], kubeconfig: try TestCluster.kubeconfig(), deadline: 20)
            #expect(run.run.answer.stopped == nil, "\(run.run.outcome.summary)")
            let folder = "data/namespaces/\(namespace.name)"
            #expect(try run.line("objects", resource: "roles.rbac.authorization.k8s.io").state == "ok")
            for list in ["rbac.authorization.k8s.io/roles.yaml", "core/configmaps.yaml"] {
                let text = try run.capture.text("\(folder)/\(list)")
                // As PyYAML would read it: what is printable stands as it is, and the rest is escaped.
                for name in ["مدير", "מנהל", "管理员", "관리자", "роль", "प्रबंधक", "e\u{301}\u{327}\u{302}"] {
                    #expect(text.contains(name), "\(name) in \(list)")
                }
            }
            let pod = "\(folder)/pods/names/main"
            let changed = try Files.bytes("\(run.capture.folder)/\(pod)/changes/changed-files.tsv")
            for word in words { #expect(changed.firstRange(of: Array("/tmp/\(word)".utf8)) != nil, "\(word)") }
            #expect(changed.firstRange(of: Array("/tmp/".utf8) + [0xFF, 0xFE]) != nil)
            let log = try run.capture.text("\(pod)/main/logs/current.log")
            for word in words where !word.contains("\t") { #expect(log.contains(word), "\(word)") }
            #expect(FaultRun.isPlain(try await Exhibit.run(["inspect", run.run.path]).text))
        }
    }

    // MARK: A container with 100,000 sockets

    /// TCP sockets that listen, opened by another program in the container's network: for the kernel they are the container's.
    private static let opener = """
        import os, resource, socket, sys
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        places = [(host, port) for host in ("127.0.0.1", "127.0.0.2") for port in range(10000, 60000)]
        share = min(limit - 64, 100000)
        (alive, alive_end), (done, done_end) = os.pipe(), os.pipe()
        parts = [places[start:start + share] for start in range(0, len(places), share)]
        for part in parts:
            if os.fork() == 0:
                os.close(alive_end)
                kept = [socket.socket() for _ in part]
                for one, place in zip(kept, part):
                    one.bind(place)
                    one.listen(1)
                os.write(done_end, b".")
                os.read(alive, 1)  # until the first process is gone
                os._exit(0)
        for _ in parts:
            os.read(done, 1)
        print("open", len(places), file=sys.stderr, flush=True)
        __import__("time").sleep(1000)
        """

    @Test(.needsTool("nsenter"), .needsTool("python3"))
    func aContainerWith100000SocketsIsCaptured() async throws {
        try await ClusterNamespace.with { namespace in
            let token = UUID().uuidString
            try await namespace.run(pod: "many", script: "echo \(token); while :; do sleep 1000; done")
            let process = try #require(try Self.process { $0.hasPrefix("sh\0-c\0") && $0.contains(token) })
            let program = try Program(
                "nsenter", ["--net=/proc/\(process)/ns/net", "python3", "-c", Self.opener],
                environment: ["PATH": Tool.path])
            defer { program.signal(SIGKILL) }
            while program.isRunning, !program.errorsSoFar.contains("open") {
                try await Task.sleep(for: .milliseconds(20))
            }
            try #require(program.errorsSoFar.contains("open 100000"), "\(program.errorsSoFar)")
            let run = try await FaultRun.of(
                ["-n", namespace.name], kubeconfig: try TestCluster.kubeconfig(), deadline: 20, measuringMemory: true)
            #expect(run.run.answer.stopped == nil, "\(run.run.outcome.summary)")
            #expect(try run.line("sockets").state == "ok")
            let table = try Files.bytes(
                "\(run.capture.folder)/data/namespaces/\(namespace.name)/pods/many/main/sockets/proc-net.txt")
            #expect(table.count { $0 == 0x0A } > 100_000)
            #expect(run.peakResidentMebibytes < 128, "\(run.peakResidentMebibytes) MiB")
        }
    }

    /// One of this machine, by its command line.
    private static func process(_ isWanted: (String) -> Bool) throws -> Int? {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int($0) }.first { number in
            isWanted((try? Files.text("/proc/\(number)/cmdline")) ?? "")
        }
    }
}
