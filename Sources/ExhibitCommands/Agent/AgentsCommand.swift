internal import ArgumentParser
internal import CollectorSteps

/// `exhibit agents`: what is left of node agents in a cluster.
struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "Looks for pods that node agents have left in a cluster, and removes them.",
        subcommands: [AgentsListCommand.self, AgentsCleanCommand.self])
}

/// `exhibit agents list`
struct AgentsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the pods of agents: of runs under way, and what is left of others.")

    @OptionGroup var cluster: AgentsClusterFlags

    func run() async throws {
        try await RenderingFailure.reporting("agents list", cluster.format) {
            try await cluster.withAgents { leftovers, now in
                let rows = try await leftovers.list().map { AgentsReport.Row(pod: $0, now: now, removed: nil) }
                return try AgentsReport(rows: rows).write(cluster.format)
            }
        }
    }
}

/// `exhibit agents clean`
struct AgentsCleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Removes the pods of agents whose time is over: of runs that could not do so themselves.",
        discussion: """
            Only pods in the agents' namespace that have this program's labels, and with --all those too whose run may be under way.
            The namespace stays: it is made once, and others may have put into it what the image is pulled with.
            """)

    @OptionGroup var cluster: AgentsClusterFlags

    @Flag(help: "Also those whose time is not over: a run that is under way loses its agents.")
    var all = false

    @Flag(help: "Removes nothing: says what would be removed.")
    var dryRun = false

    func run() async throws {
        try await RenderingFailure.reporting("agents clean", cluster.format) {
            try await cluster.withAgents { leftovers, now in
                var rows: [AgentsReport.Row] = []
                for pod in try await leftovers.list() {
                    var row = AgentsReport.Row(pod: pod, now: now, removed: nil)
                    if all || row.isOver, !dryRun {
                        let left = await leftovers.remove(pod)
                        row.removed = left == nil
                        row.reason = left
                    }
                    rows.append(row)
                }
                return try AgentsReport(rows: rows, isDryRun: dryRun, all: all).write(cluster.format)
            }
        }
    }
}
