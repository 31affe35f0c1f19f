public import BundleFormat

/// The first view of a capture: what is in it, what not, and what looks bad.
public struct Overview: Sendable {
    /// What could not be read, or not wholly, and why.
    public struct Problem: Hashable, Sendable {
        /// A file of the capture, or a part of it.
        public let subject: String
        public let reason: String
    }

    /// What was captured: of a bundle, the entries under `data/`.
    public struct Payload: Hashable, Sendable {
        public package(set) var entries = 0
        public package(set) var bytes: UInt64 = 0
    }

    public struct Pods: Sendable {
        /// Those that need to be looked at first.
        public package(set) var pods: [PodSummary] = []
        /// How many there are.
        public package(set) var found = 0
        /// How many of them are not as they should be.
        public package(set) var failing = 0
    }

    public struct Events: Sendable {
        /// The most frequent first.
        public package(set) var groups: [WarningGroup] = []
        /// How many groups there are.
        public package(set) var groupsFound = 0
        /// Warnings or not.
        public package(set) var found = 0
        /// Of these.
        public package(set) var warnings = 0
    }

    public let kind: CaptureKind
    /// Of a bundle.
    public let opening: OpeningRecord?
    /// What a capture of another tool has not, and a bundle has.
    public package(set) var lacks: [String] = []
    public package(set) var payload = Payload()
    public package(set) var ledger = LedgerSummary()
    /// The most severe first; without those that somebody dismissed.
    public package(set) var findings = Findings()
    public package(set) var dismissed: [DismissedFinding] = []
    public package(set) var pods = Pods()
    public package(set) var events = Events()
    /// What to look at next, the most telling first; at most five.
    public package(set) var next: [NextStep] = []
    /// At most 100; `problemsLeft` counts the rest.
    public package(set) var problems: [Problem] = []
    public package(set) var problemsLeft = 0

    package init(kind: CaptureKind, opening: OpeningRecord?) {
        self.kind = kind
        self.opening = opening
    }

    package mutating func note(_ subject: String, _ reason: String) {
        guard problems.count < 100 else {
            problemsLeft += 1
            return
        }
        problems.append(Problem(subject: subject, reason: reason))
    }
}

/// Warnings that say the same about the same object.
public struct WarningGroup: Hashable, Sendable {
    public let reason: String
    /// `Pod`, `Node` …
    public let kind: String
    public let namespace: String
    public let name: String
    /// How often it happened, as the cluster counted.
    public let count: Int
    /// As captured, RFC 3339; empty when it is not known.
    public let lastSeen: String
    /// Of the last one, its beginning.
    public let message: String
    /// The file that has the last one.
    public let entry: String

    /// `Pod prod/api-0`
    public var object: String {
        [kind, namespace.isEmpty ? name : "\(namespace)/\(name)"].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// A pod as `kubectl get pods` would show it, and how it last failed.
public struct PodSummary: Hashable, Sendable {
    /// How a container ended before it was started again, or for good.
    public struct Termination: Hashable, Sendable {
        public let container: String
        /// `OOMKilled`, `Error`, `Completed` …
        public let reason: String
        public let exitCode: Int
        /// As captured; empty when it is not known.
        public let finishedAt: String
    }

    /// How much it needs to be looked at; the worst first.
    public enum Concern: Int, Hashable, Sendable {
        case failing, restarted, none
    }

    public let namespace: String
    public let name: String
    /// Empty when it was not scheduled.
    public let node: String
    /// What kubectl shows in its STATUS column.
    public let status: String
    /// Of the READY column: how many of its containers are ready.
    public let ready: Int
    public let containers: Int
    public let restarts: Int
    /// What the cluster says about why, if anything.
    public let message: String
    /// The last container that ended with something else than success.
    public let lastFailure: Termination?
    public let concern: Concern
    /// The file it was read from.
    public let entry: String
}
