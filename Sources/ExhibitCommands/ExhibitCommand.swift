public import ArgumentParser
internal import Cryptography
internal import Glibc
internal import Programs

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
        version: version,
        subcommands: [
            CollectCommand.self, VerifyCommand.self, InspectCommand.self, ListCommand.self, CatCommand.self,
            GrepCommand.self, LogsCommand.self, QueryCommand.self, FindingsCommand.self, TimelineCommand.self,
            HuntCommand.self, DiffCommand.self, ReportCommand.self, ServeCommand.self, ShellCommand.self,
            ExtractCommand.self,
            RecoverCommand.self, RepackCommand.self, EncryptCommand.self, DecryptCommand.self,
            SignCommand.self, TimestampCommand.self, CustodyCommand.self, NoteCommand.self, KeygenCommand.self,
            CollectorsCommand.self, DoctorCommand.self, AgentsCommand.self, AgentCommand.self,
        ])

    public init() {}

    /// The program's own digest is made only where it is asked for: it takes longer than many a command.
    private static var version: String {
        CommandLine.arguments.contains("--version") ? ToolIdentity.versionText : ToolIdentity.version
    }

    /// A standard descriptor that is closed would be given to the next file that is opened, and what is printed would go
    /// there. Reading from it and writing to it fail instead.
    private static func fillStandardDescriptors() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            let opened = open("/dev/null", flags)
            if opened >= 0, opened != descriptor {
                dup2(opened, descriptor)
                close(opened)
            }
        }
    }

    /// Runs the program. A reader that goes away (`| head`) is noticed when writing, not by being killed.
    public static func start() async {
        OwnMemory.giveBackEarly()
        NameServices.needNoModules()
        fillStandardDescriptors()
        signal(SIGPIPE, SIG_IGN)
        LibraryConfiguration.ignore()
        await main()
    }
}
