import Foundation
import Testing

/// What they say of a cluster's targets.
@Suite(.needsBinary, .needsCluster)
struct ForecastTargetTests {
    @Test func everyTargetIsNamed() async throws {
        let arguments = [
            "-n", TestCluster.namespace, "--touch", "none", "--no-config", "--kubeconfig",
            try TestCluster.kubeconfig(),
        ]
        let forecast = try await ForecastTests.forecast(
            ["collect", "--dry-run"], arguments + ["--output", "json"])
        for step in forecast.steps {
            #expect(
                step.verdicts.reduce(0) { $0 + $1.targets.count } == step.attempts, "\(step.collector)")
        }
        let sockets = forecast.steps.filter { $0.collector == "sockets" }.flatMap(\.verdicts)
        let untouched = try #require(sockets.first { $0.code == "TouchNone" })
        #expect(untouched.verdict == "skipped" && untouched.reason?.contains("--touch none") == true)
        let named = Set(untouched.targets.compactMap(\.name))
        #expect(
            named.contains("store-0")
                && untouched.targets.allSatisfy { $0.namespace == TestCluster.namespace })
        #expect(untouched.targets.allSatisfy { $0.container?.isEmpty == false })
        let logs = forecast.steps.filter { $0.collector == "logs" }.flatMap(\.verdicts)
        #expect(
            logs.contains { $0.verdict == "possible" && $0.targets.contains { $0.name == "store-0" } })
        let text = try await Exhibit.run(["collect", "--dry-run"] + arguments).text
        let line = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("  skipped (TouchNone), ") })
        #expect(
            line.contains("sockets") && line.contains("\(TestCluster.namespace)/")
                && line.contains(" more"))
    }

    private static func ingress(_ hosts: [String]) -> String {
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: shop}
        spec:
          tls: [{hosts: [\(hosts.map { "\"\($0)\"" }.joined(separator: ", "))]}]
          defaultBackend: {service: {name: shop, port: {number: 80}}}
        """
    }

    /// The hosts that would be dialled, and what is known of each; the ledger then has the same.
    @Test func hostsOfIngressesAreSaid() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(
                Self.ingress(["localhost", "no-such-host.invalid", "other.example"]))
            let arguments = [
                "namespace/\(namespace.name)", "--profile", "minimal", "--with", "ingress-tls", "--set",
                "ingress-tls.domains=localhost,invalid", "--no-config",
            ]
            let kubeconfig = try TestCluster.kubeconfig()
            let forecast = try await ForecastTests.forecast(
                ["collect", "--dry-run"], arguments + ["--output", "json", "--kubeconfig", kubeconfig],
                expecting: [Exhibit.Code.wouldHaveGaps])
            let capture = try await Capture.collect(arguments, kubeconfig: kubeconfig)
            let lines = try capture.ledger().filter { $0.collector == "ingress-tls" }
            #expect(lines.count == 3)
            for line in lines {
                let said = try #require(
                    forecast.verdict("ingress-tls", line.step, line.target.name), "\(line)")
                #expect(said.verdict == line.state && said.code == line.reason?.code, "\(said) \(line)")
                if line.target.name != "localhost:443" { #expect(said.reason == line.reason?.message) }
            }
            #expect(forecast.steps.allSatisfy { $0.collector != "ingress-tls" || $0.leadsTo == nil })
        }
    }

    /// What was named, and has nothing to be tried on.
    @Test func whatHasNoTargetIsSaid() async throws {
        let forecast = try await ForecastTests.forecast(
            ["collect", "--dry-run"],
            [
                "pod/pair", "-n", TestCluster.namespace, "--with", "audit-log", "--with", "prometheus", "--output",
                "json", "--no-config", "--kubeconfig", try TestCluster.kubeconfig(),
            ], expecting: [Exhibit.Code.wouldHaveGaps])
        func codes(_ collector: String) -> [String?] {
            forecast.steps.filter { $0.collector == collector }.flatMap(\.verdicts).map(\.code)
        }
        #expect(codes("audit-log") == ["NoNodes"])
        #expect(codes("prometheus") == ["NoTarget"])
    }

    @Test func hostsThatCannotBeKnownBeforeAreSaidToBe() async throws {
        let text = try await Exhibit.run([
            "collect", "--dry-run", "namespace/\(TestCluster.namespace)", "--profile", "minimal",
            "--with",
            "ingress-tls", "--set", "ingress-tls.domains=example.org", "--no-config", "--kubeconfig",
            try TestCluster.kubeconfig(of: .restricted),
        ])
        #expect(text.status == Exhibit.Code.wouldHaveGaps, "\(text.summary)")
        #expect(
            text.text.contains(
                "Not known before, so not in this list: ingress-tls leads to a TLS handshake with each host below example.org"
            ), "\(text.summary)")
    }
}
