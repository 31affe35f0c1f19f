internal import Glibc

/// What could not be read from the host, why, and what would help.
///
/// The same value is thrown where nothing can be had at all (the procfs root does not open), and returned as data where
/// one file of many failed, so that a caller can record "process 1234: `exe`: permission denied" and go on.
public struct HostError: Error, Hashable, Sendable {
    /// The kind of failure. More may be added: always handle an unknown one.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// EACCES or EPERM.
        public static let permissionDenied = Code(rawValue: "permission-denied")
        /// ENOENT: it is not there.
        public static let notFound = Code(rawValue: "not-found")
        /// ESRCH, or ENOENT under a process that is gone: it was there a moment ago.
        public static let vanished = Code(rawValue: "vanished")
        /// It is not the type of file that may be read: a link, FIFO, socket or device in place of a regular file.
        public static let unexpectedType = Code(rawValue: "unexpected-type")
        /// It is no longer the file that was found: another device or inode.
        public static let replaced = Code(rawValue: "replaced")
        /// A limit on size, depth or count cut it off.
        public static let limitReached = Code(rawValue: "limit-reached")
        /// It did not answer within its time.
        public static let timedOut = Code(rawValue: "timed-out")
        /// The text is not what the kernel's documentation promises.
        public static let malformed = Code(rawValue: "malformed")
        /// Out of descriptors or memory here, in the reading process.
        public static let exhausted = Code(rawValue: "exhausted")
        /// Any other error of the system.
        public static let system = Code(rawValue: "system")
    }

    /// The kind of failure.
    public var code: Code
    /// What was being done: `open`, `read`, `readlink`, `list`, `stat`, `parse` …
    public var operation: String
    /// To what: the path from the root that was given.
    public var path: RawText
    /// The process it belongs to, if it is about one.
    public var pid: Int32?
    /// The system's error number, or 0.
    public var errorNumber: Int32
    /// Why it failed, in words.
    public var reason: String

    package init(
        _ code: Code, _ operation: String, _ path: RawText, pid: Int32? = nil, errorNumber: Int32 = 0, reason: String
    ) {
        self.code = code
        self.operation = operation
        self.path = path
        self.pid = pid
        self.errorNumber = errorNumber
        self.reason = reason
    }

    /// The failure of a system call, by its `errno`.
    package init(errno number: Int32, _ operation: String, _ path: RawText, pid: Int32? = nil) {
        let code: Code =
            switch number {
            case EACCES, EPERM: .permissionDenied
            case ENOENT: .notFound
            case ESRCH: .vanished
            case ELOOP, ENOTDIR, ENXIO, EISDIR: .unexpectedType
            case EMFILE, ENFILE, ENOMEM: .exhausted
            case ETIMEDOUT: .timedOut
            default: .system
            }
        self.init(code, operation, path, pid: pid, errorNumber: number, reason: String(cString: strerror(number)))
    }

    /// What to do next, or nil where nothing helps.
    public var advice: String? {
        switch code {
        case .permissionDenied:
            pid == nil
                ? "run as root, or with CAP_DAC_READ_SEARCH"
                : "run as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
        case .limitReached: "raise the limit to read all of it"
        case .exhausted: "raise the limit on open files (ulimit -n) or on memory"
        case .timedOut: "check whether the file system or the service behind it still answers"
        default: nil
        }
    }
}

extension HostError: CustomStringConvertible {
    /// One line for people, safe for a terminal.
    public var description: String {
        let whose = pid.map { "process \($0): " } ?? ""
        return "\(whose)\(operation) \(path.escaped): \(reason)" + (advice.map { "; \($0)" } ?? "")
    }
}

/// Failures met on the way, bounded: the first ones in full, the rest counted.
public struct FailureLog: Hashable, Sendable {
    /// The first failures, in the order they happened.
    public private(set) var failures: [HostError] = []
    /// How many more there were.
    public private(set) var omitted = 0
    /// How many are kept in full.
    public let capacity: Int

    /// A log that keeps the first `capacity` failures.
    public init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    /// All failures, kept or not.
    public var count: Int { failures.count + omitted }

    package mutating func append(_ other: FailureLog) {
        for failure in other.failures { record(failure) }
        omitted += other.omitted
    }

    package mutating func record(_ failure: HostError) {
        if failures.count < capacity {
            failures.append(failure)
        } else {
            omitted += 1
        }
    }
}
