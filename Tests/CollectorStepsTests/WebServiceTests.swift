import BundleFormat
import Collection
import CollectorSteps
import Foundation
import StructuredText
import Testing

/// The collectors that ask over HTTP, on Debian's Prometheus, Alertmanager, node exporter and ClickHouse; and services that misbehave.
@Suite(
    .enabled(
        if: LiveCluster.kubeconfig != nil && LiveCluster.web != nil,
        "EXHIBIT_TEST_KUBECONFIG or EXHIBIT_TEST_WEB_SERVICES is not set: see Scripts/test-cluster services"))
struct WebServiceTests {
    static let namespace = LiveCluster.web ?? ""
    static let collectors = [
        "prometheus", "alertmanager", "clickhouse", "grafana", "elasticsearch", "qdrant", "probes", "metrics-endpoints",
    ]
    static let usual = Task {
        try await LiveCapture.of(
            "namespace/\(namespace)", namespace: namespace, catalog: LiveCapture.builtIn(collectors))
    }

    private static func json(_ file: String, _ pod: String, _ container: String) async throws -> JSONValue {
        let text = try #require(
            try await usual.value.text("services/\(file)", pod, container, namespace: namespace), "\(file)")
        return try JSONValue(parsing: Array(text.utf8))
    }

    private static func record(
        _ capture: LiveCapture, _ file: String, _ pod: String, _ container: String
    ) throws -> JSONValue {
        let text = try #require(
            capture.text("\(file).response.json", pod, container, namespace: namespace), "\(file)")
        return try JSONValue(parsing: Array(text.utf8))
    }

    // MARK: Collectors

    @Test(arguments: [
        ("prometheus", "monitoring", "prometheus", 11), ("alertmanager", "monitoring", "alertmanager", 8),
        ("clickhouse", "clickhouse", "server", 9),
    ])
    func eachStepOfACollectorIsAnswered(_ collector: String, _ pod: String, _ container: String, _ count: Int)
        async throws
    {
        let lines = try await Self.usual.value.lines(collector, pod, container)
        #expect(lines.count == count)
        for line in lines.values {
            #expect(line.state == .ok, "\(line.step): \(line.reason as Any)")
            #expect(line.source == .inContainer)
        }
    }

    @Test
    func prometheusTellsOfItsTargetsAndAlerts() async throws {
        let targets = try await Self.json("prometheus/targets.json", "monitoring", "prometheus")
        let active = try #require(targets["data"]?["activeTargets"]?.array)
        #expect(
            active.count == 3
                && active.contains { $0["health"]?.string == "down" && $0["labels"]?["job"]?.string == "gone" })
        let alerts = try #require(
            try await Self.json("prometheus/alerts.json", "monitoring", "prometheus")["data"]?["alerts"]?.array)
        #expect(alerts.contains { $0["labels"]?["alertname"]?.string == "TargetDown" })
        let up = try #require(
            try await Self.json("prometheus/up.json", "monitoring", "prometheus")["data"]?["result"]?.array)
        #expect(up.count == 3, "the query arrived")
        let hour = try await Self.json("prometheus/alerts-last-hour.json", "monitoring", "prometheus")
        let series = try #require(hour["data"]?["result"]?.array)
        #expect(series.contains { ($0["values"]?.array?.count ?? 0) > 1 }, "a range, not one moment")
        let told = try #require(try await Self.json("alertmanager/alerts.json", "monitoring", "alertmanager").array)
        #expect(told.contains { $0["labels"]?["alertname"]?.string == "TargetDown" })
    }

    @Test
    func clickHouseTellsOfItself() async throws {
        let server = try await Self.json("clickhouse/server.json", "clickhouse", "server")
        #expect(server["data"]?.array?.first?["version"]?.string?.hasPrefix("18.") == true)
        let capture = try await Self.usual.value
        let metrics = capture.text("services/clickhouse/metrics.tsv", "clickhouse", "server", namespace: Self.namespace)
        #expect(metrics?.hasPrefix("metric\tvalue") == true)
        let processes = try await Self.json("clickhouse/processes.json", "clickhouse", "server")
        #expect(processes["data"]?.array?.isEmpty == false, "its own query")
    }

    @Test
    func eachRequestIsInTheCustodyLogBeforeItIsSent() async throws {
        let capture = try await Self.usual.value
        let sent = capture.custody.filter { $0.action == .http }
        let asked = capture.lines.filter { !$0.entries.isEmpty && $0.collector != "pods" }
        #expect(Set(sent.map(\.attempt)) == Set(asked.map(\.attempt)) && sent.count == asked.count)
        #expect(capture.execs.isEmpty, "nothing was run in a container")
        let urls = sent.compactMap { $0.detail["url"]?.string }
        #expect(
            urls.contains("/api/v1/namespaces/\(Self.namespace)/pods/monitoring%3A9090/proxy/api/v1/query?query=up"))
    }

    @Test
    func probesAreAskedOnceMore() async throws {
        let capture = try await Self.usual.value
        let lines = capture.lines("probes", "monitoring", "prometheus")
        #expect(lines.mapValues(\.state) == ["probes liveness": .ok, "probes readiness": .ok])
        #expect(
            capture.text("probes/readiness.txt", "monitoring", "prometheus", namespace: Self.namespace)?
                .contains("Ready") == true)
        let record = try Self.record(capture, "probes/readiness.txt", "monitoring", "prometheus")
        #expect(record["url"]?.string?.hasSuffix("/proxy/-/ready?from=kubelet") == true)
        #expect(record["status"]?.int == 200)
        let headers = try #require(capture.lines("probes", "monitoring", "alertmanager")["probes readiness"])
        #expect(headers.state == .skipped && headers.reason?.code == "Headers")
    }

    @Test
    func annotatedMetricsAreScraped() async throws {
        let capture = try await Self.usual.value
        let lines = capture.lines.filter { $0.collector == "metrics-endpoints" }
        #expect(lines.map(\.target.container) == ["node-exporter"])
        let text = capture.text(
            "services/metrics-endpoints/metrics.txt", "monitoring", "node-exporter", namespace: Self.namespace)
        #expect(text?.contains("node_load1 ") == true)
    }

    @Test(arguments: [
        ("monitoring", 9090, "/api/v1/query", "rate(up", "bad_data: invalid parameter", "parse error"),
        ("clickhouse", 8123, "/", "SELEC", "Code: 62", "Syntax error"),
    ])
    func whatAServiceSaysOfABadQueryIsTheReason(
        _ pod: String, _ port: Int, _ path: String, _ query: String, _ start: String, _ word: String
    ) async throws {
        let capture = try await LiveCapture.of(
            "pod/\(pod)", namespace: Self.namespace,
            catalog: LiveCapture.custom(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: test, title: Test}
                scope: container
                select: {ports: [\(port)]}
                volatility: 3
                steps: [{http: {port: \(port), path: \(path), query: {query: "\(query)"}}, output: answer.json}]
                """))
        let line = try #require(capture.lines.first { $0.collector == "test" })
        let said = try #require(line.reason?.message)
        #expect(line.state == .partial && line.reason?.code == "HTTPStatus" && !line.entries.isEmpty, "\(line)")
        #expect(said.hasPrefix("the service answered with status 400, and says: \(start)"), "\(said)")
        #expect(said.contains(word) && said.utf8.count < 400, "\(said)")
    }

    // MARK: Faults

    private static func capture(_ steps: String, touching: Bool = true) async throws -> LiveCapture {
        try await LiveCapture.of(
            "pod/faults", namespace: namespace,
            catalog: LiveCapture.custom(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: test, title: Test}
                scope: container
                select: {image: ["*/busybox"]}
                volatility: 3
                steps:
                \(steps)
                """), touching: touching)
    }

    @Test
    func whateverTheServiceDoesIsToldApart() async throws {
        let capture = try await Self.capture(
            """
              - {http: {port: 8081, path: /}, output: broken.txt}
              - {http: {port: 8081, path: /, statuses: [500]}, output: meant.txt}
              - {http: {port: 8082, path: /}, output: endless.txt, limits: {bytes: 256KiB}}
              - {http: {port: 8083, path: /}, output: redirect.txt}
              - {http: {port: 8085, path: /}, output: garbage.txt}
              - {http: {port: 8086, path: /}, output: forged.json}
              - {http: {port: 8088, path: /}, output: login.json}
              - {http: {port: 8099, path: /}, output: nobody.txt}
              - {http: {port: 8081, path: /, scheme: https}, output: tls.txt}
              - {http: {port: 8087, path: /a%20b, query: {q: "a&b", r: é}}, output: echo.txt}
              - {http: {port: 8090, path: /}, output: page.html}
            """)
        let lines = capture.lines("test", "faults", "faults")
        func line(_ name: String) throws -> LedgerLine { try #require(lines["http \(name)"], "\(name)") }
        func text(_ name: String) -> String? {
            capture.text("services/test/\(name)", "faults", "faults", namespace: Self.namespace)
        }
        func record(_ name: String) throws -> JSONValue {
            try Self.record(capture, "services/test/\(name)", "faults", "faults")
        }
        #expect(try line("broken.txt").state == .partial && text("broken.txt") == "broken inside\n")
        #expect(try line("broken.txt").reason?.message.contains("500") == true)
        #expect(try line("meant.txt").state == .ok)
        let headers = try #require(try record("broken.txt")["headers"]?.array)
        let cookie = try #require(headers.first { $0["name"]?.string == "Set-Cookie" })
        #expect(cookie["value"] == nil && cookie["withheldBytes"]?.int == 25)
        #expect(!capture.holds("session=never-in-a-bundle"))

        #expect(try line("endless.txt").state == .partial)
        #expect(try line("endless.txt").truncated == Truncation(limit: 256 << 10))
        #expect(try record("endless.txt")["cut"]?.bool == true)
        let kept = try #require(text("endless.txt"))
        #expect(kept.utf8.count > 200 << 10 && kept.utf8.count < 256 << 10)
        #expect(try record("endless.txt")["bytes"]?.int == kept.utf8.count)

        #expect(try line("redirect.txt").state == .error)
        #expect(try record("redirect.txt")["status"]?.int == 302)
        #expect(try line("garbage.txt").reason?.code == "Unreachable")

        // Exactly what the API server says, and yet not what it says.
        #expect(try line("forged.json").state == .denied && line("forged.json").reason?.code == "HTTPStatus")
        #expect(text("forged.json")?.contains("cannot get resource") == true)
        #expect(try line("login.json").state == .denied && line("login.json").reason?.message.contains("401") == true)
        #expect(try record("forged.json")["refusedBy"] == nil)

        #expect(try line("nobody.txt").state == .error && line("nobody.txt").reason?.code == "Unreachable")
        #expect(try line("nobody.txt").reason?.message.contains("connection refused") == true)
        #expect(try record("nobody.txt")["refusedBy"]?.string == "likely-api-server")
        #expect(try line("tls.txt").reason?.code == "Unreachable")
        #expect(try record("tls.txt")["verified"]?.bool == false)

        // No credential of the operator reaches the pod through this API server.
        let echo = try #require(text("echo.txt")).lowercased()
        #expect(echo.hasPrefix("get /a%20b?q=a%26b&r=%c3%a9 http/1.1"))
        for word in ["authorization", "bearer", "impersonate", "kubernetes-admin"] {
            #expect(!echo.contains(word), "\(word)")
        }
        #expect(
            text("page.html")?.contains("/api/v1/namespaces/") == true, "the API server rewrites links, as the docs say"
        )
    }

    @Test
    func oneThatHangsIsCutOffAndDoesNotHoldUpTheRest() async throws {
        let start = ContinuousClock.now
        let capture = try await Self.capture(
            """
              - {http: {port: 8084, path: /}, output: half.txt, limits: {timeout: 2s}}
              - {http: {port: 8089, path: /}, output: silent.txt, limits: {timeout: 2s}}
            """)
        #expect(ContinuousClock.now - start < .seconds(15))
        let lines = capture.lines("test", "faults", "faults")
        #expect(lines.values.allSatisfy { $0.state == .timeout } && lines.count == 2)
        #expect(
            capture.text("services/test/half.txt", "faults", "faults", namespace: Self.namespace) == "half of it\n")
        let record = try Self.record(capture, "services/test/half.txt", "faults", "faults")
        #expect(record["incomplete"]?.string != nil && record["bytes"]?.int == 11)
    }

    @Test
    func nothingIsSentWhereTheTargetMayNotBeTouched() async throws {
        let capture = try await Self.capture("  - {http: {port: 8081, path: /}, output: a.txt}", touching: false)
        let line = try #require(capture.lines("test", "faults", "faults")["http a.txt"])
        #expect(line.state == .skipped && line.reason?.code == "TouchNone")
        #expect(!capture.custody.contains { $0.action == .http })
    }
}
