internal import ArgumentParser

/// `exhibit collectors`: what can be captured, and what a person needs who writes a collector.
struct CollectorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collectors",
        abstract: "The collectors: what each captures, and what is needed to write one.",
        discussion: """
            exhibit collectors list                      those in this program
            exhibit collectors show logs                 the definition of one
            exhibit collectors new nginx -o nginx.yaml   a first draft of one of your own
            exhibit collectors lint nginx.yaml           whether it can be used, and what is odd about it
            exhibit collectors test nginx.yaml pod/web   what it brings from there
            exhibit collectors kinds exec                what a step can do
            """,
        subcommands: [
            CollectorsListCommand.self, CollectorsShowCommand.self, CollectorsNewCommand.self,
            CollectorsLintCommand.self, CollectorsTestCommand.self, CollectorsKindsCommand.self,
        ])
}
