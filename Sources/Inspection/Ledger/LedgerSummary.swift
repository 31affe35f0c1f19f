public import BundleFormat

/// The ledger, counted: what each collector brought, and what could not be had.
public struct LedgerSummary: Sendable {
    /// What became of one collector.
    public struct CollectorTotal: Sendable {
        public let collector: String
        public package(set) var states: [AttemptState: Int] = [:]
        public package(set) var entries = 0
        public package(set) var bytes: UInt64 = 0
        /// Attempts whose output a limit cut.
        public package(set) var truncated = 0

        public var attempts: Int { states.values.reduce(0, +) }
    }

    /// Attempts that failed in the same way.
    public struct GapGroup: Sendable {
        public struct Example: Hashable, Sendable {
            public let attempt: Int
            /// `Pod prod/api-0 container web`
            public let target: String
            public let step: String
            public let message: String
        }

        public let collector: String
        public let state: AttemptState
        public let code: String
        public package(set) var count = 0
        /// The first few.
        public package(set) var examples: [Example] = []
    }

    private struct GapKey: Hashable {
        let collector: String
        let state: AttemptState
        let code: String
    }

    /// A ledger that names more collectors, or more reasons of one, is not one of ours; the rest is only counted.
    private static let maxGroups = 2_000
    private static let maxExamples = 3

    public private(set) var attempts = 0
    public private(set) var states: [AttemptState: Int] = [:]
    /// Attempts with a collector or reason beyond the limit.
    public private(set) var ungrouped = 0
    private var totals: [String: CollectorTotal] = [:]
    private var order: [String] = []
    private var gapGroups: [GapKey: GapGroup] = [:]

    public init() {}

    public mutating func add(_ line: LedgerLine) {
        attempts += 1
        states[line.state, default: 0] += 1
        if totals[line.collector] == nil, totals.count < Self.maxGroups {
            totals[line.collector] = CollectorTotal(collector: line.collector)
            order.append(line.collector)
        }
        totals[line.collector]?.states[line.state, default: 0] += 1
        totals[line.collector]?.entries += line.entries.count
        let bytes = totals[line.collector]?.bytes.addingReportingOverflow(line.bytes)
        totals[line.collector]?.bytes = bytes.map { $0.overflow ? .max : $0.partialValue } ?? 0
        if line.truncated != nil { totals[line.collector]?.truncated += 1 }
        if line.state != .ok, line.state != .empty { addGap(line) }
    }

    private mutating func addGap(_ line: LedgerLine) {
        let key = GapKey(collector: line.collector, state: line.state, code: line.reason?.code.rawValue ?? "")
        guard gapGroups[key] != nil || gapGroups.count < Self.maxGroups else {
            ungrouped += 1
            return
        }
        var group = gapGroups[key] ?? GapGroup(collector: key.collector, state: key.state, code: key.code)
        group.count += 1
        if group.examples.count < Self.maxExamples {
            group.examples.append(
                GapGroup.Example(
                    attempt: line.attempt, target: line.target.words, step: line.step,
                    message: String((line.reason?.message ?? "").unicodeScalars.prefix(1_000).map(Character.init))))
        }
        gapGroups[key] = group
    }

    /// In the order of the ledger: the most volatile first.
    public var collectors: [CollectorTotal] { order.compactMap { totals[$0] } }

    /// What hurts most first: refused and failed before what simply is not there; then the most frequent.
    public var gaps: [GapGroup] {
        let rank: [AttemptState: Int] = [.denied: 0, .error: 0, .timeout: 0, .partial: 1, .skipped: 2, .missing: 3]
        return gapGroups.values.sorted {
            (rank[$0.state] ?? 4, -$0.count, $0.collector, $0.code) < (
                rank[$1.state] ?? 4, -$1.count, $1.collector, $1.code
            )
        }
    }
}

extension Target {
    /// `Pod prod/api-0, container web`; the parts that are known.
    public var words: String {
        var object = kind ?? resource ?? ""
        if kind == nil, let group, !group.isEmpty, !object.isEmpty { object += ".\(group)" }
        let full = [namespace, name].compactMap { $0 }.joined(separator: "/")
        var parts = [[object, full].filter { !$0.isEmpty }.joined(separator: " ")]
        if let container { parts.append("container \(container)") }
        if let node { parts.append("node \(node)") }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
