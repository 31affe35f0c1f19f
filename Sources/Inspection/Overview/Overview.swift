public import BundleFormat

/// The first view of a bundle: what was captured, what not, and what looks bad.
public struct Overview: Sendable {
    /// A section that could not be read wholly, and why.
    public struct Problem: Hashable, Sendable {
        /// An entry, or a part of the bundle.
        public let subject: String
        public let reason: String
    }

    /// Entries under `data/`.
    public struct Payload: Hashable, Sendable {
        public package(set) var entries = 0
        public package(set) var bytes: UInt64 = 0
    }

    public struct Pods: Sendable {
        /// Those that need to be looked at first.
        public package(set) var pods: [PodEntry] = []
        /// How many objects of pods the bundle has.
        public package(set) var found = 0
        /// Not read because of a limit.
        public package(set) var left = 0
    }

    /// A pod with the entry that it was read from.
    public struct PodEntry: Sendable {
        public let status: PodStatus
        public let path: EntryPath
    }

    public struct Events: Sendable {
        public package(set) var groups: [WarningGroup] = []
        /// Lists of events.
        public package(set) var lists: [EntryPath] = []
        /// Events that were read, warnings or not.
        public package(set) var read = 0
        /// Warnings that were left out because of a limit, as far as they were seen.
        public package(set) var left = 0
        /// Lists that were not, or not wholly, read because of a limit.
        public package(set) var listsCut = 0
    }

    public let opening: OpeningRecord
    public package(set) var payload = Payload()
    public package(set) var ledger = LedgerSummary()
    public package(set) var pods = Pods()
    public package(set) var events = Events()
    /// What to look at next, the most telling first; at most five.
    public package(set) var next: [NextStep] = []
    /// At most 100; `problemsLeft` counts the rest.
    public package(set) var problems: [Problem] = []
    public package(set) var problemsLeft = 0

    package init(opening: OpeningRecord) {
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
