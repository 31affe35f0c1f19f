import Foundation
import Testing

/// Requests to services, by the real program: through the API server, and from this machine.
@Suite(
    .needsBinary, .needsCluster,
    .enabled(
        if: Requirements.mayRun(Requirements.web != nil),
        "EXHIBIT_TEST_WEB_SERVICES is not set: see Scripts/test-cluster services"))
struct WebCaptureTests {
    private struct Record: Decodable {
        let url: String
        let through: String
        let status: Int
        let address: String?
    }

    private static func target(_ more: [String]) throws -> [String] {
        ["pod/monitoring", "-n", try #require(Requirements.web), "--profile", "minimal"] + more
    }

    // MARK: Through the API server

    @Test
    func aCaptureHasTheAnswersOfAService() async throws {
        let namespace = try #require(Requirements.web)
        let capture = try await Capture.collect(
            try Self.target(["--with", "prometheus", "--with", "probes"]), kubeconfig: try TestCluster.kubeconfig())
        let folder = "data/namespaces/\(namespace)/pods/monitoring/prometheus"
        #expect(try capture.text("\(folder)/services/prometheus/alerts.json").contains("TargetDown"))
        let record = try JSONDecoder().decode(
            Record.self,
            from: Data(try capture.text("\(folder)/services/prometheus/healthy.txt.response.json").utf8))
        #expect(record.status == 200 && record.through == "pods/proxy")
        // What it says was asked can be asked again, by another program.
        let again = try await Tool.run(
            "kubectl", ["get", "--raw", record.url, "--kubeconfig", try TestCluster.kubeconfig()])
        #expect(again.text == (try capture.text("\(folder)/services/prometheus/healthy.txt")))
        #expect(capture.has("\(folder)/probes/liveness.txt"))
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID])
    }

    @Test
    func anAccountThatMayNotAskIsDenied() async throws {
        let capture = try await Capture.collect(
            try Self.target(["--with", "prometheus", "--as", "web-reader"]), kubeconfig: try TestCluster.kubeconfig(),
            expecting: [Exhibit.Code.sealedWithGaps])
        let lines = try capture.ledger("prometheus", pod: "monitoring")
        #expect(lines.count == 11 && lines.allSatisfy { $0.state == "denied" && $0.reason?.code == "Forbidden" })
        let doctor = try await Exhibit.run(
            ["doctor"] + (try Self.target(["--with", "prometheus", "--as", "web-reader", "--output", "json"]))
                + ["--kubeconfig", try TestCluster.kubeconfig()])
        #expect(doctor.text.contains("pods/proxy"), "\(doctor.summary)")
    }

    @Test
    func nothingIsAskedWhereNothingMayBeTouched() async throws {
        let capture = try await Capture.collect(
            try Self.target(["--with", "prometheus", "--touch", "none"]), kubeconfig: try TestCluster.kubeconfig())
        let lines = try capture.ledger("prometheus", pod: "monitoring")
        #expect(lines.count == 11 && lines.allSatisfy { $0.state == "skipped" && $0.reason?.code == "TouchNone" })
        #expect(!(try capture.text("meta/custody.jsonl").contains("\"action\":\"http\"")))
    }

    /// A query of the operator's, as of now and over a time, in the pod and over the network: what comes is rows.
    @Test
    func aQueryOfTheOperatorsBecomesRows() async throws {
        let namespace = try #require(Requirements.web)
        let kubeconfig = try TestCluster.kubeconfig()
        let pod = ["pod/monitoring", "-n", namespace, "--kubeconfig", kubeconfig]
        let query = #"sum by (job) (up{job=~"gone|node"})"#
        func run(_ name: String, _ more: [String], _ set: [String], query: String = query) async throws
            -> CollectorTrial
        {
            let values = (["query=\(query)"] + set).flatMap { ["--set", "\(name).\($0)"] }
            let code = query.hasSuffix("{") ? Exhibit.Code.collectorFailed : Exhibit.Code.ok
            return try await CollectorTrial.run([name] + more + values, expecting: code)
        }
        let now = try await run("prometheus-query", pod, []).table("prometheus_query")
        #expect(now.rows == 2 && now.isWhole && Set(now.cells("value")) == ["0.0", "1.0"])
        let end = Int(Date().timeIntervalSince1970)
        let range = ["start=\(end - 10)", "end=\(end)", "step=5s"]
        let points = try await run("prometheus-range", pod, range).table("prometheus_range")
        #expect(points.rows >= 4 && points.isWhole && points.cells("labels").contains(#"{"job":"gone"}"#))
        let wrong = try await run("prometheus-query", pod, [], query: "up{")
        #expect(wrong.states == ["http answer.json": "partial"])
        #expect(try wrong.table("prometheus_query_status").cells("error_type") == ["bad_data"])

        let forward = ["kubectl", "port-forward", "-n", namespace, "pod/monitoring", ":9090"]
        try await LocalService.with(forward, environment: ["KUBECONFIG": kubeconfig]) { port in
            let url = "url=http://127.0.0.1:\(port)"
            let here = try await run("prometheus-query-url", [], [url]).table("prometheus_query_url")
            #expect(here.rows == 2 && here.isWhole && Set(here.cells("value")) == ["0.0", "1.0"])
            let over = try await run("prometheus-range-url", [], [url] + range).table("prometheus_range_url")
            #expect(over.rows == points.rows && over.isWhole)
        }
    }

    /// Prometheus is a Go program that has net/http/pprof at the port of its API.
    @Test
    func profilesOfAProgramInAPod() async throws {
        let namespace = try #require(Requirements.web)
        let capture = try await Capture.collect(
            try Self.target([
                "--with", "pprof", "--set", "pprof.port=9090", "--set", "pprof.seconds=1",
            ]), kubeconfig: try TestCluster.kubeconfig())
        let folder = "\(capture.folder)/data/namespaces/\(namespace)/pods/monitoring/prometheus/services/pprof/"
        #expect(try Files.text(folder + "goroutines.txt").contains("goroutine "))
        for name in ["heap.pb.gz", "profile.pb.gz"] {
            #expect(try Files.bytes(folder + name).prefix(2) == [0x1F, 0x8B], "\(name)")
        }
    }

    // MARK: From this machine

    private static func definition(_ steps: String) -> [String: String] {
        [
            "web.yaml": """
            apiVersion: exhibit/v1
            kind: Collector
            metadata: {name: web, title: x}
            scope: local
            volatility: 9
            parameters: {url: {type: url, title: x}}
            steps:
            \(steps)

            """
        ]
    }

    private static func with(
        _ pod: String, _ remote: Int, _ steps: String, environment: [String: String] = [:],
        _ body: (LocalBundle, Int) async throws -> Void
    ) async throws {
        let argv = ["kubectl", "port-forward", "-n", try #require(Requirements.web), "pod/\(pod)", ":\(remote)"]
        try await LocalService.with(argv, environment: ["KUBECONFIG": try TestCluster.kubeconfig()]) { port in
            let arguments = ["--with", "web", "--set", "web.url=http://127.0.0.1:\(port)"]
            try await LocalBundle.with(Self.definition(steps), arguments, environment: environment) { bundle in
                try await body(bundle, port)
            }
        }
    }

    @Test
    func aServerElsewhereIsAskedFromHere() async throws {
        let steps = """
              - http: {url: {parameter: url}, path: /api/v1/query, query: {query: up}, allow: [loopback]}
                output: up.json
              - http: {url: {parameter: url}, path: /-/ready}
                output: refused.txt
            """
        try await Self.with("monitoring", 9090, steps) { bundle, port in
            #expect(try await bundle.text("local/web/up.json").contains("\"job\":\"gone\""))
            let record = try JSONDecoder().decode(
                Record.self, from: Data(try await bundle.text("local/web/up.json.response.json").utf8))
            #expect(record.url == "http://127.0.0.1:\(port)/api/v1/query?query=up" && record.through == "direct")
            #expect(record.status == 200 && record.address == "127.0.0.1")
            let states = try await bundle.states("web")
            #expect(states["http up.json"] == "ok")
            #expect(states["http refused.txt"]?.hasPrefix("denied") == true, "\(states)")
            let asked = try await bundle.lines("meta/custody.jsonl").filter { $0["action"] as? String == "http" }
            #expect(
                asked.count == 2 && asked.allSatisfy { ($0["target"] as? [String: Any])?["kind"] as? String == "Local" }
            )
        }
    }

    @Test
    func aSecretOfAHeaderIsSentAndNotRecorded() async throws {
        let secret = "never-in-a-bundle-\(UUID().uuidString)"
        let steps = """
              - http: {url: {parameter: url}, headers: {Authorization: {environment: WEB_TOKEN}}, allow: [loopback]}
                output: a.txt
              - http: {url: "http://192.0.2.1/", headers: {Authorization: {environment: WEB_TOKEN}}}
                output: plaintext.txt
              - http: {url: {parameter: url}, headers: {Authorization: {environment: NO_SUCH_VARIABLE}}, allow: [loopback]}
                output: unset.txt
            """
        try await Self.with("faults", 8081, steps, environment: ["WEB_TOKEN": secret]) { bundle, _ in
            let states = try await bundle.states("web")
            #expect(states["http a.txt"]?.hasPrefix("partial") == true, "500 with a body: \(states)")
            #expect(states["http plaintext.txt"]?.hasPrefix("denied") == true)
            #expect(states["http unset.txt"]?.contains("NO_SUCH_VARIABLE") == true)
            #expect(try !bundle.holds(secret))
        }
        // The echo has it: so it was sent.
        let echo = """
              - http: {url: {parameter: url}, headers: {X-Token: {environment: WEB_TOKEN}}, allow: [loopback]}
                output: echo.txt
            """
        try await Self.with("faults", 8087, echo, environment: ["WEB_TOKEN": secret]) { bundle, _ in
            let answer = try await bundle.text("local/web/echo.txt")
            #expect(answer.contains(secret))
        }
    }

    @Test(arguments: [(8083, "error"), (8085, "error"), (8082, "partial"), (8084, "timeout")])
    func whateverTheServerDoesEnds(_ port: Int, _ state: String) async throws {
        let steps = """
              - http: {url: {parameter: url}, allow: [loopback]}
                output: a.txt
                limits: {timeout: 3s, bytes: 64KiB}
            """
        try await Self.with("faults", port, steps) { bundle, _ in
            let states = try await bundle.states("web")
            #expect(states["http a.txt"]?.hasPrefix(state) == true, "\(states)")
        }
    }
}
