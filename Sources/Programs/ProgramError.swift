/// Why a program was not run. How one that ran ended is in ``ProgramResult``.
public struct ProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The class of a failure. New codes may come with later versions: always have a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// There is no such program.
        public static let notFound = Code(rawValue: "notFound")
        /// It is there, and this user may not run it, or it is not something that can be run.
        public static let notExecutable = Code(rawValue: "notExecutable")
        /// The folder that it was to run in is not there.
        public static let noWorkingDirectory = Code(rawValue: "noWorkingDirectory")
        /// Its arguments or its environment cannot be passed on.
        public static let badArgument = Code(rawValue: "badArgument")
        /// The system started no process: no memory, too many processes or open files, or too long a list of arguments.
        public static let startFailed = Code(rawValue: "startFailed")
    }

    public var code: Code
    /// The program.
    public var subject: String
    public var reason: String

    public init(code: Code, subject: String, reason: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "running \(subject): \(reason)" }
}
