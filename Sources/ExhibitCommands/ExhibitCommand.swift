public import ArgumentParser
internal import Glibc

/// The root of the command line.
public struct ExhibitCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "exhibit",
        abstract:
            "Captures what a Kubernetes target or a Linux host looked like into one sealed file, and reads such files.",
        discussion: """
            Begin with one of:
              exhibit collect pod/NAME -n NAMESPACE     the moment something looks wrong
              exhibit verify FILE --expect SEALID       is this the very file, untouched?
              exhibit inspect FILE                      what is in it, what is missing, what looks bad
            """,
        version: ToolIdentity.versionText,
        subcommands: [
            CollectCommand.self, VerifyCommand.self, InspectCommand.self, ListCommand.self, CatCommand.self,
            ExtractCommand.self, RecoverCommand.self, RepackCommand.self, EncryptCommand.self, DecryptCommand.self,
            SignCommand.self, TimestampCommand.self, CustodyCommand.self, NoteCommand.self, KeygenCommand.self,
        ])

    public init() {}

    /// Runs the program. A reader that goes away (`| head`) is noticed when writing, not by being killed.
    public static func start() async {
        signal(SIGPIPE, SIG_IGN)
        await main()
    }
}
