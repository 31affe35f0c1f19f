import BundleFormat
import Collection
import Rows
import Testing

/// Rows of what is captured now, from the services of `Scripts/test-cluster`.
@Suite(
    .enabled(
        if: LiveCluster.services != nil && LiveCluster.web != nil,
        "EXHIBIT_TEST_SERVICES or EXHIBIT_TEST_WEB_SERVICES is not set: see Scripts/test-cluster services"),
    .timeLimit(.minutes(2)))
struct LiveTableTests {
    private static let services = LiveCluster.services ?? ""
    private static let web = LiveCluster.web ?? ""

    private static func whole(_ table: String, _ text: String?) throws -> CapturedTable {
        let result = try CapturedTable.read(table, text: try #require(text, "\(table): nothing was captured"))
        #expect(result.tally.unread == 0 && result.tally.unreadCells == 0, "\(table): \(result.tally.problems)")
        return result
    }

    /// Sockets and processes are captured one after the other: what listens all the time is in both.
    @Test
    func socketsAreJoinedToTheirProcesses() async throws {
        let capture = try await LiveCapture.of(
            "pod/redis", namespace: Self.services, catalog: LiveCapture.builtIn(["sockets", "processes"]))
        func text(_ file: String) -> String? { capture.text(file, "redis", "server", namespace: Self.services) }
        let sockets = try Self.whole("container_tcp_sockets", text("sockets/proc-net.txt"))
        let files = try Self.whole("container_open_files", text("processes/processes.txt"))
        let listening = sockets.rows.filter { $0["local_port"] == .integer(6_379) && $0["state"] == .text("LISTEN") }
        #expect(!listening.isEmpty)
        let processes = try Self.whole("container_processes", text("processes/processes.txt"))
        let links = try CapturedTable.read("container_process_links", text: text("processes/processes.txt") ?? "")
        for socket in listening {
            let file = try files.row("inode", try #require(socket["inode"]))
            #expect(file["target"]?.words == "socket:[\(socket["inode"]?.words ?? "")]")
            let pid = try #require(file["pid"])
            #expect(try processes.row("pid", pid)["name"] == .text("redis-server"))
            let executable = links.rows.first {
                $0["pid"] == pid && $0["link"] == .text("/proc/\(pid.words)/exe")
            }
            #expect(executable?["target"]?.words.hasSuffix("/redis-server") == true, "\(executable as Any)")
        }
    }

    @Test
    func certificatesOfPodsAreRows() async throws {
        let capture = try await LiveCapture.of(
            "pod/tls", namespace: Self.services, catalog: LiveCapture.builtIn(["tls"]))
        let text = capture.text("tls/7001.json", "tls", "expired", namespace: Self.services)
        let chain = try Self.whole("tls_certificates", text)
        #expect(chain.words("subject") == ["CN=expired", "CN=intermediate"] && chain.words("depth") == ["0", "1"])
        guard case .time(let begin) = chain.rows.first?["not_before"],
            case .time(let end) = chain.rows.first?["not_after"]
        else {
            Issue.record("a certificate has no dates: \(chain.rows)")
            return
        }
        #expect(end < begin, "it had expired when it was made")
        #expect(try Self.whole("tls_problems", text).rows.contains { $0["code"] == .integer(10) })
        let plain = capture.text("tls/7003.json", "tls", "plain", namespace: Self.services)
        #expect(try Self.whole("tls_ports", plain).words("failure_code") == ["HandshakeFailed"])
    }

    @Test
    func metricsAndProbesAreRows() async throws {
        let capture = try await LiveCapture.of(
            "pod/monitoring", namespace: Self.web, catalog: LiveCapture.builtIn(["metrics-endpoints", "probes"]))
        let file = "services/metrics-endpoints/metrics.txt"
        let text = try #require(capture.text(file, "monitoring", "node-exporter", namespace: Self.web))
        let samples = try Self.whole("metrics_endpoints_samples", text)
        #expect(samples.rows.count == text.split(separator: "\n").count { !$0.hasPrefix("#") })
        #expect(samples.rows.contains { $0["metric"] == .text("node_load1") && $0["value"] != .null })
        let probe = capture.text(
            "probes/readiness.txt.response.json", "monitoring", "prometheus", namespace: Self.web)
        #expect(try Self.whole("probes_answers", probe).words("status") == ["200"])
    }
}
