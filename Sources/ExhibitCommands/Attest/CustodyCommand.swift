internal import ArgumentParser

/// `exhibit custody`: who had the bundle, and what the capture did.
struct CustodyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "custody",
        abstract: "The chain of custody: what the capture did, and what happened to the bundle since.",
        subcommands: [CustodyAddCommand.self, CustodyLogCommand.self, CustodyExportCommand.self])
}
