internal import ArgumentParser

/// `exhibit agent`: what runs on a node, in a pod of ours. People do not type it.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "What collect --touch agent runs on nodes.",
        shouldDisplay: false, subcommands: [AgentWaitCommand.self, AgentServeCommand.self])
}
