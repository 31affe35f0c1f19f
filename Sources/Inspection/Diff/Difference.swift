/// What a comparison of two captures looks at, the most telling first.
public enum DifferenceSection: String, Sendable, Hashable, CaseIterable {
    case findings, images, restarts, warnings, objects, nodes, rbac, connections, processes, files, environment,
        packages
    case captured

    /// What it is of, in words.
    public var title: String {
        switch self {
        case .findings: "findings of the rules"
        case .images: "images of containers"
        case .restarts: "restarts, states and last ends of containers"
        case .warnings: "events of type Warning that are new, or came more often"
        case .objects: "objects of the cluster"
        case .nodes: "conditions and versions of nodes"
        case .rbac: "who may do what"
        case .connections: "ports that are listened on, and who is talked to"
        case .processes: "processes, by executable and command line"
        case .files: "files that were found changed, or were asked for"
        case .environment: "names of the environment"
        case .packages: "packages"
        case .captured: "how attempts to capture ended"
        }
    }
}

/// Which of the two captures.
public enum ComparedSide: String, Sendable, Hashable {
    case old = "A"
    case new = "B"
}

/// One thing that two captures have otherwise. All texts quote the captures: whoever shows them escapes them.
public struct Difference: Sendable, Hashable {
    public enum Change: String, Sendable, Hashable {
        case added, removed, changed
        /// Another object, or other pods, in the place of what was there.
        case replaced
    }

    /// A part of what names it: `namespace`, `workload`, `container` and others.
    public struct Part: Sendable, Hashable {
        public let name: String
        public let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public let section: DifferenceSection
    public let change: Change
    public let subject: [Part]
    public let fields: [FieldDifference]
    /// Fields that differ beyond those.
    public var left = 0
    /// What is to be known beside.
    public var note: String?
    /// A file that is gone or otherwise as its container is another one.
    public internal(set) var isOfReplacedContainer = false

    /// The value of a part of its name.
    public func part(_ name: String) -> String? { subject.first { $0.name == name }?.value }
}

/// Things that one capture has, and of which nothing can be said in the other, which did not capture them.
public struct NotCompared: Sendable, Hashable {
    public let section: DifferenceSection
    /// The capture that does not have it.
    public let missingIn: ComparedSide
    /// What: a kind, or where the section's things are.
    public let what: String
    public let namespace: String
    public let reason: String
    public internal(set) var count = 0
}

/// What came of comparing a section.
public struct DifferenceCounts: Sendable, Hashable {
    public internal(set) var added = 0
    public internal(set) var removed = 0
    public internal(set) var changed = 0
    public internal(set) var replaced = 0
    /// What is in both and alike.
    public internal(set) var same = 0
    /// Fields, or things, that differ and say nothing.
    public internal(set) var noise = 0
    /// Why it is not whole.
    public internal(set) var failure: String?

    public var all: Int { added + removed + changed + replaced }

    mutating func add(_ change: Difference.Change) {
        switch change {
        case .added: added += 1
        case .removed: removed += 1
        case .changed: changed += 1
        case .replaced: replaced += 1
        }
    }
}

/// What a comparison found, but for the differences themselves.
public struct ComparisonSummary: Sendable {
    /// Of the sections that were looked at.
    public internal(set) var counts: [DifferenceSection: DifferenceCounts] = [:]
    /// Sorted by section, side, namespace and what.
    public internal(set) var notCompared: [NotCompared] = []
    /// Things of the same kind beyond the limit.
    public internal(set) var notComparedLeft = 0

    /// Whether all sections were compared to their end.
    public var isWhole: Bool { counts.values.allSatisfy { $0.failure == nil } }
    /// Whether there was anything that both have.
    public var hasCompared: Bool { counts.values.contains { $0.all + $0.same + $0.noise > 0 } }
    public var differ: Bool { counts.values.contains { $0.all > 0 } }
}
