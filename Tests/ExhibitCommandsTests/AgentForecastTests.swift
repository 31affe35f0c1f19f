import Foundation
import Testing

/// What `exhibit doctor` says of node agents before there is an incident, against a real API server. No agent is made for it.
@Suite(.needsBinary, .needsCluster)
struct AgentForecastTests {
    struct Forecast: Decodable {
        struct Step: Decodable {
            struct Verdict: Decodable {
                let verdict: String
                let reason: String?
            }

            let collector: String
            let attempts: Int
            let possible: Int
            let verdicts: [Verdict]
        }

        struct Need: Decodable {
            let verb: String
            let resource: String
            let namespace: String?
        }

        struct Namespace: Decodable {
            struct Metadata: Decodable {
                let name: String
            }

            let metadata: Metadata
        }

        let steps: [Step]
        let denied: [Need]
        let agentNamespace: Namespace?

        var start: Step? { steps.first { $0.collector == "node-agent" } }
    }

    private static let image = "registry.local/nowhere@sha256:" + String(repeating: "0", count: 64)

    private static func arguments(_ namespace: String) -> [String] {
        [
            "doctor", "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--touch", "agent",
            "--agent-image",
            image, "--agent-namespace", namespace,
        ]
    }

    private static func forecast(_ namespace: String, _ more: [String] = []) async throws -> Forecast {
        let outcome = try await Exhibit.run(
            arguments(namespace) + ["--output", "json", "--kubeconfig", try TestCluster.kubeconfig()] + more)
        #expect([Exhibit.Code.ok, Exhibit.Code.wouldHaveGaps].contains(outcome.status), "\(outcome.summary)")
        return try outcome.json(Forecast.self)
    }

    @Test
    func whatAdmissionRefusesIsToldAndNothingIsMade() async throws {
        try await ClusterNamespace.with { namespace in
            let before = try await Self.forecast(namespace.name)
            #expect(before.start?.possible == 1 && before.agentNamespace == nil, "\(before.steps)")
            try await namespace.apply(
                """
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: none}
                spec: {hard: {pods: "0"}}
                """)
            var start: Forecast.Step?
            // The quota counts once its controller has looked.
            for _ in 0..<50 where start?.possible != 0 {
                try await Task.sleep(for: .milliseconds(200))
                start = try await Self.forecast(namespace.name).start
            }
            let verdict = try #require(start?.verdicts.first)
            #expect(verdict.verdict == "denied" && verdict.reason?.contains("exceeded quota") == true, "\(verdict)")
            let pods = try await TestCluster.kubectl(["get", "pods", "-n", namespace.name, "-o", "name"])
            #expect(pods.text.isEmpty)
            // A dry run of `collect` asks for less: it is typed during an incident.
            let dry = try await Exhibit.run(
                ["collect"] + Self.arguments(namespace.name).dropFirst()
                    + ["--dry-run", "--output", "json", "--kubeconfig", try TestCluster.kubeconfig()])
            #expect(try dry.json(Forecast.self).start?.possible == 1)
        }
    }

    /// An account that may capture, and nothing more; then with the very objects that `doctor` printed, of which one is the namespace.
    @Test
    func whatIsLackingIsPrintedAndIsEnough() async throws {
        let name = "exhibit-test-" + UUID().uuidString.prefix(8).lowercased()
        let asUser = ["--as", name, "--as-group", "system:authenticated"]
        try await Scratch.withFolder { folder in
            func apply(_ manifest: Program.Outcome, _ file: String) async throws {
                let yaml = manifest.text.replacingOccurrences(of: "exhibit-collect", with: name)
                try Files.write(yaml, to: "\(folder)/\(file)")
                try await TestCluster.kubectl(["apply", "-f", "\(folder)/\(file)"])
            }
            func printed(_ arguments: [String]) async throws -> Program.Outcome {
                try await Exhibit.run(arguments + ["--kubeconfig", try TestCluster.kubeconfig()])
            }
            var withoutAgents = Self.arguments(name)
            withoutAgents[withoutAgents.firstIndex(of: "agent") ?? 0] = "none"
            try await apply(try await printed(withoutAgents + ["--rbac", "all", "--subject", name]), "first.yaml")
            let before = try await Self.forecast(name, asUser)
            #expect(before.agentNamespace?.metadata.name == name)
            for (verb, resource, place) in [
                ("create", "namespaces", nil), ("create", "pods", name), ("get", "pods", name),
                ("delete", "pods", name),
                ("create", "pods/exec", name),
            ] {
                #expect(
                    before.denied.contains {
                        $0.verb == verb && $0.resource == resource && $0.namespace == place
                    } || (resource == "pods/exec" && before.denied.contains { $0.resource == resource }),
                    "\(verb) \(resource): \(before.denied)")
            }
            #expect(before.start?.possible == 0)
            let missing = try await printed(Self.arguments(name) + ["--rbac", "missing", "--subject", name] + asUser)
            #expect(missing.text.contains("kind: Namespace") && missing.text.contains("enforce: privileged"))
            try await apply(missing, "second.yaml")
            let after = try await Self.forecast(name, asUser)
            #expect(after.denied.isEmpty, "\(after.denied)")
            #expect(after.start?.possible == 1 && after.agentNamespace == nil, "\(after.steps)")
            for file in ["second.yaml", "first.yaml"] {
                try await TestCluster.kubectl(
                    ["delete", "-f", "\(folder)/\(file)", "--wait=false", "--ignore-not-found"])
            }
        }
    }

    @Test
    func aNamespaceThatIsNotThereIsNotMade() async throws {
        let name = "exhibit-test-" + UUID().uuidString.prefix(8).lowercased()
        let forecast = try await Self.forecast(name)
        #expect(forecast.agentNamespace?.metadata.name == name && forecast.start?.possible == 1)
        let found = try await TestCluster.kubectl(["get", "namespace", name], mayFail: true)
        #expect(found.status != 0)
        let text = try await Exhibit.run(Self.arguments(name) + ["--kubeconfig", try TestCluster.kubeconfig()])
        #expect(text.text.contains("The namespace \(name) of the node agents is not there"))
    }
}
