internal import ArgumentParser
internal import CollectorSteps
internal import Glibc

/// `exhibit agent serve`: does what the operator's side asks for, through its input and output.
struct AgentServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Does what the operator's side asks for.", shouldDisplay: false)

    @OptionGroup var end: AgentEnd

    @Option(help: "Where the host's root directory is; else that of the host's first process.")
    var root: String?

    @Flag(help: "Says the SHA-256 of its own file, too, which takes a moment.")
    var digest = false

    func run() async throws {
        end.begin()
        var options = AgentServer.Options(version: ToolIdentity.version, digest: digest ? ToolIdentity.digest : nil)
        if let root { options.root = root }
        do {
            try await AgentServer(input: STDIN_FILENO, output: STDOUT_FILENO, options: options).run()
        } catch {
            RenderingFailure.note("\(error)")
            throw ExitStatus.unexpected.exitCode
        }
    }
}
