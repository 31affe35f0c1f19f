/// A program to run on this machine: what, with what, where, and within what limits. There is no shell anywhere.
public struct Program: Sendable {
    /// An absolute path; ``ProgramSearch`` finds one by name.
    public var executable: String
    /// Without the program's own name.
    public var arguments: [String]
    public var environment: ProgramEnvironment
    /// Nil is the folder that this process is in.
    public var workingDirectory: String?
    /// What it reads from its standard input, which is a file in memory: it is never asked anything.
    public var input: [UInt8] = []
    /// The longest it may take, from its start to its end.
    public var timeout: Duration
    /// The most bytes to take of its standard output.
    public var maxBytes: Int
    /// How long it may take to end after SIGTERM, before SIGKILL.
    public var grace: Duration = .milliseconds(500)
    /// Whether what it left behind in its process group is let live when it ended by itself. Else that is killed, too.
    public var leavesChildren = false

    /// Nothing is looked at before ``run(_:)``.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: ProgramEnvironment,
        workingDirectory: String? = nil, timeout: Duration, maxBytes: Int
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.timeout = timeout
        self.maxBytes = maxBytes
    }
}

/// How a program ended.
public struct ProgramResult: Sendable, Hashable {
    /// The kinds of ends.
    public enum End: Sendable, Hashable {
        /// By itself, with this exit code.
        case exited(Int32)
        /// By a signal that was not ours.
        case signaled(Int32)
        /// It was killed, for it had written ``Program/maxBytes`` and went on.
        case truncated
        /// It was killed, for it took longer than ``Program/timeout``.
        case timedOut
        /// It was killed, for the task was cancelled.
        case cancelled
    }

    public var end: End
    /// Bytes of its standard output that were handed out.
    public var bytes: Int
    /// The first 4 KiB of what it wrote to its standard error.
    public var message: [UInt8]
}
