internal import ArgumentParser
internal import CollectorSteps
internal import Glibc
internal import KubernetesClient
internal import Settings
internal import StructuredText
internal import Terminal

/// Which cluster, and which namespace of it.
struct AgentsClusterFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Kubeconfig file, as for collect.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: "Context of the kubeconfig.")
    var context: String?

    @Option(help: ArgumentHelp("Namespace of the agents' pods.", valueName: "namespace"))
    var agentNamespace: String?

    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    /// - Parameter body: gets the time by the API server's clock, in seconds since 1970-01-01 UTC.
    func withAgents(_ body: (AgentLeftovers, Int) async throws -> ExitStatus) async throws -> ExitStatus {
        let config = try Kubeconfig.load(explicitPath: kubeconfig, environment: ClusterConnection.environment())
        let client = try KubernetesClient(access: try config.access(context: context, namespace: nil))
        let namespace =
            try agentNamespace ?? configuration.read().agentNamespace ?? AgentPolicy.defaultNamespace
        do {
            _ = try await client.version()
            let now = client.serverClock.map { Int($0.now / 1_000) } ?? time(nil)
            let status = try await body(AgentLeftovers(client: client, namespace: namespace), now)
            await client.shutdown()
            return status
        } catch {
            await client.shutdown()
            throw error
        }
    }
}

/// Says which agents are there, and what became of them.
struct AgentsReport {
    struct Row {
        var pod: AgentLeftovers.Pod
        var now: Int
        /// Nil when it was not tried.
        var removed: Bool?
        var reason: String?

        /// Whether its time is over, so that no run can need it.
        var isOver: Bool {
            pod.expires.map { $0 < now } ?? false || ["Failed", "Succeeded"].contains(pod.phase)
        }

        var ends: String {
            guard let expires = pod.expires else { return "-" }
            return expires < now ? "over" : "in \(Quantity.duration(.seconds(expires - now)))"
        }

        func becomes(_ report: AgentsReport) -> String {
            switch removed {
            case true?: "removed"
            case false?: "STILL THERE: \(reason ?? "")"
            case nil: report.isDryRun && (report.all || isOver) ? "would be removed" : "stays"
            }
        }
    }

    var rows: [Row]
    var isDryRun = false
    var all = false

    func write(_ format: OutputFormat) throws -> ExitStatus {
        var output = RenderingOutput()
        switch format {
        case .text:
            if rows.isEmpty { try output.lines(["no agents"]) }
            var table = TextTable([
                .init("POD"), .init("NODE"), .init("PHASE"), .init("ENDS"), .init("RESULT"),
            ])
            for row in rows {
                table.append([
                    "\(row.pod.name)", "\(row.pod.node)", "\(row.pod.phase)", "\(row.ends)", "\(row.becomes(self))",
                ])
            }
            if !rows.isEmpty { try output.lines(table.lines(width: output.width, style: output.style)) }
        case .json:
            try output.json([
                "agents": .array(
                    rows.map { row in
                        var object: JSONObject = [
                            "pod": .string(row.pod.name), "uid": .string(row.pod.uid), "node": .string(row.pod.node),
                            "phase": .string(row.pod.phase), "over": .bool(row.isOver),
                        ]
                        if let expires = row.pod.expires { object["expires"] = JSONValue(expires) }
                        if let removed = row.removed { object["removed"] = .bool(removed) }
                        if let reason = row.reason { object["reason"] = .string(reason) }
                        return .object(object)
                    })
            ])
        }
        try output.flush()
        return rows.contains { $0.removed == false } ? .unexpected : .ok
    }
}
