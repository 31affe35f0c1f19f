import Foundation
import Testing

/// `collect host --container`: one container of this host, without a tool in it and without a cluster.
@Suite(.needsBinary)
struct HostContainerTests {
    private static let listener = "nc -l -p 8080 & exec sleep 1000"

    private func rows(_ capture: Capture, _ path: String) throws -> [[String: Any]] {
        try capture.text(path).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test(.needsPodman)
    func aContainerOfPodman() async throws {
        try await PodmanContainer.with("web", script: Self.listener) { container in
            try await container.waitUntilItListens(on: 8080)
            let capture = try await Capture.collect(
                ["host", "--container", "web", "--without", "logs"], expecting: [Exhibit.Code.ok])
            #expect(try capture.opening().targets == ["host", "container/web"])
            let record = try #require(
                try rows(capture, "data/host/containers.jsonl").first { $0["id"] as? String == container.id })
            #expect(record["runtime"] as? String == "podman" && record["name"] as? String == "web")
            #expect(record["init_pid"] as? Int == container.pid && record["image"] as? String == "localhost/box:1")
            #expect(try await record["image_id"] as? String == container.inspect("{{.Image}}"))
            #expect(try await record["root_mount"] as? String == container.inspect("{{.GraphDriver.Data.MergedDir}}"))
            #expect(try await record["control_group"] as? String == container.inspect("{{.State.CgroupPath}}"))

            let folder = "data/host/containers/web-\(container.id.prefix(12))"
            let processes = try rows(capture, "\(folder)/processes/processes.jsonl")
            let pids = Set(processes.compactMap { $0["pid"] as? Int })
            #expect(try await pids == container.pids() && pids.count == 2)
            let first = try #require(processes.first { $0["pid"] as? Int == container.pid })
            #expect(
                (first["namespace_pids"] as? [Int])?.last == 1 && first["cmdline"] as? [String] == ["sleep", "1000"])
            #expect((first["environment_names"] as? [String])?.contains("PATH") == true)
            let files = try rows(capture, "\(folder)/processes/open-files.jsonl")
            #expect(Set(files.compactMap { $0["pid"] as? Int }) == pids)

            let sockets = try rows(capture, "\(folder)/sockets/sockets.jsonl")
            let listening = try #require(sockets.first { $0["local_port"] as? Int == 8080 })
            #expect(listening["state"] as? String == "LISTEN" && listening["held"] as? Bool == true)
            #expect(listening["other_namespace"] as? Bool == false)
            let owners = try #require(listening["owners"] as? [[String: Any]])
            #expect(owners.compactMap { $0["pid"] as? Int }.allSatisfy(pids.contains) && !owners.isEmpty)
            let theirs = try await container.inNetwork(["ss", "-Htuan"]).split(separator: "\n").count
            #expect(sockets.count { ($0["table"] as? String)?.hasPrefix("tcp") == true } == theirs)
            #expect(try capture.text("\(folder)/sockets/sockets.txt").contains(":8080"))

            let ledger = try capture.ledger()
            #expect(
                Set(ledger.map(\.collector)).isSuperset(of: [
                    "host-identity", "host-containers", "sockets", "processes",
                ]))
            let line = try #require(ledger.first { $0.collector == "sockets" })
            #expect(line.target.kind == "Container" && line.target.container == container.id && line.source == "node")
            #expect(!capture.has("data/host/sockets/sockets.jsonl"), "the host's own were not asked for")
        }
    }

    /// Of the host's network only what is the container's.
    @Test(.needsPodman)
    func aContainerInTheNetworkOfItsHost() async throws {
        let port = Int.random(in: 20_000..<30_000)
        let script = "nc -l -p \(port) & exec sleep 1000"
        try await PodmanContainer.with("near", script: script, options: ["--network", "host"]) { container in
            try await container.waitUntilItListens(on: port)
            let capture = try await Capture.collect(
                ["host", "--container", String(container.id.prefix(20)), "--with", "host-sockets"],
                expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
            let folder = "data/host/containers/near-\(container.id.prefix(12))/sockets"
            let sockets = try rows(capture, folder + "/sockets.jsonl")
            #expect(sockets.count == 1 && sockets.first?["held"] as? Bool == true)
            #expect(
                try capture.text(folder + "/sockets.txt").hasPrefix(
                    "# This container is in the network namespace of its host"))
            // Beside it, as somebody asked for it by name, all of the host, where this one is known for what it is.
            let all = try rows(capture, "data/host/sockets/sockets.jsonl")
            #expect(all.count { $0["container"] as? String == container.id } == 1 && all.count > 1)
        }
    }

    /// Without `--container` the whole host, in which what is a container's is marked.
    @Test(.needsPodman)
    func theHostSaysWhatIsAContainers() async throws {
        try await PodmanContainer.with("web", script: Self.listener) { container in
            try await container.waitUntilItListens(on: 8080)
            let capture = try await Capture.collect(
                ["host", "--profile", "minimal", "--with", "host-sockets", "--with", "host-processes"],
                expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
            let sockets = try rows(capture, "data/host/sockets/sockets.jsonl")
            let listening = sockets.filter {
                $0["local_port"] as? Int == 8080 && $0["container"] as? String == container.id
            }
            #expect(listening.count == 1)
            let processes = try rows(capture, "data/host/processes/processes.jsonl")
            let pids = Set(
                processes.filter { $0["container"] as? String == container.id }.compactMap { $0["pid"] as? Int })
            #expect(try await pids == container.pids())
        }
    }

    /// Of containerd, in a pod that has no tool in it: who it is agrees with the API server, which nobody asked.
    @Test(
        .needsCluster,
        .enabled(
            if: HostContainerTests.localTasks,
            "the test cluster's containerd is not on this host, or only root may see it"))
    func aContainerOfAPodWithoutTools() async throws {
        let pod = try await TestCluster.pod("distroless")
        let name = "\(TestCluster.namespace)/\(pod)/holder"
        let capture = try await Capture.collect(
            ["host", "--container", name], expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
        let status = try await TestCluster.kubectl(
            [
                "get", "pod", pod, "-n", TestCluster.namespace, "-o",
                "jsonpath={.status.containerStatuses[0].containerID} {.metadata.uid}",
            ]
        ).text.split(separator: " ").map(String.init)
        let record = try #require(
            try rows(capture, "data/host/containers.jsonl").first { $0["pod"] as? String == pod && $0["name"] != nil })
        #expect(try "containerd://\(#require(record["id"] as? String))" == status[0])
        #expect(record["pod_uid"] as? String == status[1] && record["runtime_namespace"] as? String == "k8s.io")
        #expect(
            try (record["root_mount"] as? String)?.hasSuffix("/\(#require(record["id"] as? String))/rootfs") == true)
        let folder = try "data/host/containers/holder-\(#require(record["id"] as? String).prefix(12))"
        let processes = try rows(capture, "\(folder)/processes/processes.jsonl")
        #expect(processes.contains { $0["pid"] as? Int == record["init_pid"] as? Int })
        let sockets = try rows(capture, "\(folder)/sockets/sockets.jsonl")
        #expect(sockets.contains { $0["held"] as? Bool == true })
        let line = try #require(try capture.ledger("sockets", pod: pod, container: "holder").first)
        #expect(line.target.kind == "Pod" && line.target.namespace == TestCluster.namespace && line.source == "node")
    }

    static let localTasks =
        geteuid() == 0 && Files.exists("/run/exhibit-test-cluster/containerd/io.containerd.runtime.v2.task/k8s.io")

    @Test(.needsPodman)
    func whatWouldBeCaptured() async throws {
        try await PodmanContainer.with("web", script: Self.listener) { container in
            try await container.waitUntilItListens(on: 8080)
            for command in [["doctor"], ["collect", "--dry-run"]] {
                let outcome = try await Exhibit.run(command + ["host", "--container", "web", "--output", "json"])
                let forecast = try outcome.json(ForecastTests.Forecast.self)
                #expect(forecast.verdict("sockets", "sockets", "web")?.verdict == "possible", "\(outcome.summary)")
                #expect(forecast.verdict("processes", "processes", "web")?.targets.first?.container == container.id)
                #expect(!forecast.steps.contains { ["host-sockets", "host-changes"].contains($0.collector) })
            }
        }
    }

    @Test(arguments: [["collect"], ["collect", "--dry-run"], ["doctor"]])
    func oneThatIsNotThere(command: [String]) async throws {
        let outcome = try await Exhibit.run(command + ["host", "--container", "no-such-container"])
        #expect(outcome.status == Exhibit.Code.targetNotFound, "\(outcome.summary)")
        outcome.expectMessage("no container no-such-container runs on this host")
    }

    @Test(arguments: [
        ["pod/api", "--container", "web"], ["host", "--container", ""], ["-n", "prod", "--container", "web"],
    ])
    func whatMeansNothing(arguments: [String]) async throws {
        let outcome = try await Exhibit.run(["collect"] + arguments)
        #expect(outcome.status == Exhibit.Code.usage, "\(outcome.summary)")
        outcome.expectMessage("--container")
    }
}
