public import StructuredText

/// What a bundle says of itself before anything is captured: `meta/bundle.json` (section 4.1).
public struct OpeningRecord: Hashable, Sendable {
    /// The clocks at the start of the run.
    public struct Start: Hashable, Sendable {
        /// Wall time in nanoseconds since 1970-01-01 UTC.
        public var wall: Int64
        /// Wall time in whole seconds: the modification time of every entry.
        public var unix: UInt64
        /// Nanoseconds of `CLOCK_BOOTTIME`.
        public var boottime: Int64

        public init(wall: Int64, boottime: Int64) {
            self.wall = wall
            self.unix = UInt64(max(0, wall) / 1_000_000_000)
            self.boottime = boottime
        }

        init(wall: Int64, unix: UInt64, boottime: Int64) {
            self.wall = wall
            self.unix = unix
            self.boottime = boottime
        }
    }

    /// What the operator said about the case; nil when not given.
    public struct Case: Hashable, Sendable {
        public var id: String?
        public var evidence: String?
        public var `operator`: String?
        public var purpose: String?
        public var authorisation: String?

        public init(
            id: String? = nil, evidence: String? = nil, operator: String? = nil, purpose: String? = nil,
            authorisation: String? = nil
        ) {
            self.id = id
            self.evidence = evidence
            self.operator = `operator`
            self.purpose = purpose
            self.authorisation = authorisation
        }
    }

    /// The program that captured.
    public struct Tool: Hashable, Sendable {
        public var name: String
        public var version: String
        /// Hex, of the executable; nil when it could not be read.
        public var sha256: String?

        public init(name: String, version: String, sha256: String? = nil) {
            self.name = name
            self.version = version
            self.sha256 = sha256
        }
    }

    /// The cluster that was captured.
    public struct Cluster: Hashable, Sendable {
        public var server: String?
        public var context: String?
        public var user: String?
        public var version: String?
        /// Of the namespace `kube-system`.
        public var uid: String?
        /// The cluster's clock less the one of the machine that captured: positive when the cluster's is ahead.
        public var clockOffsetMilliseconds: Int64?
        /// The offset is right within so much, either way.
        public var clockOffsetErrorMilliseconds: Int64?

        public init(
            server: String? = nil, context: String? = nil, user: String? = nil, version: String? = nil,
            uid: String? = nil, clockOffsetMilliseconds: Int64? = nil, clockOffsetErrorMilliseconds: Int64? = nil
        ) {
            self.server = server
            self.context = context
            self.user = user
            self.version = version
            self.uid = uid
            self.clockOffsetMilliseconds = clockOffsetMilliseconds
            self.clockOffsetErrorMilliseconds = clockOffsetErrorMilliseconds
        }
    }

    /// Where the tool ran.
    public struct Host: Hashable, Sendable {
        public var hostname: String?
        public var machine: String?
        public var boot: String?
        public var kernel: String?

        public init(hostname: String? = nil, machine: String? = nil, boot: String? = nil, kernel: String? = nil) {
            self.hostname = hostname
            self.machine = machine
            self.boot = boot
            self.kernel = kernel
        }
    }

    /// How far the wall clock could be trusted, as by adjtimex(2).
    public struct Clock: Hashable, Sendable {
        public var synchronized: Bool
        public var estimatedErrorMicroseconds: Int64?
        public var maximumErrorMicroseconds: Int64?

        public init(
            synchronized: Bool, estimatedErrorMicroseconds: Int64? = nil, maximumErrorMicroseconds: Int64? = nil
        ) {
            self.synchronized = synchronized
            self.estimatedErrorMicroseconds = estimatedErrorMicroseconds
            self.maximumErrorMicroseconds = maximumErrorMicroseconds
        }
    }

    /// The run's public key, made for this one bundle.
    public struct RunKey: Hashable, Sendable {
        /// `ssh-ed25519` …
        public var type: String
        /// As in an authorized_keys line.
        public var `public`: String

        public init(type: String, public: String) {
            self.type = type
            self.public = `public`
        }
    }

    /// How much the run was allowed to touch the target.
    public enum Touch: String, Hashable, Sendable, CaseIterable {
        case none, exec, ephemeral, agent
    }

    public enum Secrets: String, Hashable, Sendable, CaseIterable {
        case hashed, included
    }

    public var bundle: BundleID
    public var folder: FolderName
    public var started: Start
    public var caseRecord = Case()
    public var tool: Tool
    /// Subcommand and arguments; values of secret flags replaced by `…`.
    public var invocation: [String] = []
    /// As given: `pod/api-7d9`, `host` …
    public var targets: [String] = []
    public var profile = ""
    /// Values of collectors' parameters, by collector and name: what the operator set, and defaults.
    public var parameters: [String: [String: String]] = [:]
    public var touch = Touch.none
    public var secrets = Secrets.hashed
    /// To whom the bundle was encrypted while it was written: `age1…`, `ssh-ed25519 …`, or the word `passphrase`.
    public var recipients: [String] = []
    public var cluster: Cluster?
    public var host = Host()
    public var clock: Clock?
    /// The run's deadline, byte and other limits.
    public var limits: JSONObject = [:]
    /// Nil only until the writer has made it.
    public var key: RunKey?
    /// Only in a redacted copy (section 11).
    public var derived: JSONObject?

    public init(bundle: BundleID = .random(), folder: FolderName, started: Start, tool: Tool) {
        self.bundle = bundle
        self.folder = folder
        self.started = started
        self.tool = tool
    }
}
