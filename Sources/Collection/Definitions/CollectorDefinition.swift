public import Rows

/// What a collector applies to: one run of its steps for each such thing within the target.
public enum CollectorScope: String, Sendable, Hashable, CaseIterable {
    case cluster, namespace, pod, container, node, host, local
}

/// How long a step may run and how much it may bring.
public struct StepLimits: Sendable, Hashable {
    /// Wall time after which the step is cut off.
    public var timeout: Duration
    /// Captured bytes after which the step is cut off.
    public var bytes: UInt64

    public init(timeout: Duration, bytes: UInt64) {
        self.timeout = timeout
        self.bytes = bytes
    }

    /// 30 s and 64 MiB: what a step gets that says nothing.
    public static let `default` = StepLimits(timeout: .seconds(30), bytes: 64 << 20)
}

/// How long everything that a collector captures in one run may take together, and how much it may bring.
public struct CollectorLimits: Sendable, Hashable {
    /// Wall time from when the first of it began; nil: as long as its steps and the run may take.
    public var timeout: Duration?
    /// Captured bytes; nil: as many as its steps and the bundle may have.
    public var bytes: UInt64?

    public init(timeout: Duration? = nil, bytes: UInt64? = nil) {
        self.timeout = timeout
        self.bytes = bytes
    }

    /// The smaller of both, each.
    func within(_ other: CollectorLimits) -> CollectorLimits {
        CollectorLimits(
            timeout: [timeout, other.timeout].compactMap(\.self).min(),
            bytes: [bytes, other.bytes].compactMap(\.self).min())
    }
}

/// One step of a collector: a kind, its options, where its output goes, and its limits.
public struct StepDefinition: Sendable, Hashable {
    public var kind: StepKind
    public var options: [String: OptionValue]
    /// The name of the file that gets the output, for a kind that lets the definition name it.
    public var output: String?
    public var limits: StepLimits
    /// Where it begins in the definition's file, from 1; nil when it came from none.
    public var line: Int?

    public init(
        kind: StepKind, options: [String: OptionValue] = [:], output: String? = nil, limits: StepLimits = .default
    ) {
        self.kind = kind
        self.options = options
        self.output = output
        self.limits = limits
    }

    /// What the ledger calls it: the kind, and the name of its output if it has one.
    public var name: String { output.map { "\(kind.name) \($0)" } ?? kind.name }

    /// Names of all files that it may write where the definition names them.
    var fileNames: [String] {
        (output.map { name in [name] + kind.companions.map { name + $0 } } ?? [])
            + kind.options.filter { $0.kind == .fileNames }.flatMap { texts($0.name) }
    }

    /// The texts of an option; empty when it is not set. What has no value yet is as the definition writes it, see
    /// ``OptionItem/shown``.
    public func texts(_ option: String) -> [String] { items(option).map(\.shown) }

    /// The text of an option that has one; nil when it is not set.
    public func text(_ option: String) -> String? { texts(option).first }

    /// The number of an option that has one; nil when it is not set.
    public func number(_ option: String) -> Int? { text(option).flatMap { Int($0) } }

    /// The items of an option; empty when it is not set.
    public func items(_ option: String) -> [OptionItem] { options[option]?.items ?? [] }

    /// The items of an option that is a mapping, in the order of the file; empty when it is not set.
    public func named(_ option: String) -> [NamedItem] {
        if case .named(let items)? = options[option] { items } else { [] }
    }

    /// The numbers of an option; nil when it is not set.
    public func numbers(_ option: String) -> [Int]? {
        if case .numbers(let values)? = options[option] { values } else { nil }
    }

    /// A flag; false when it is not set.
    public func flag(_ option: String) -> Bool {
        if case .flag(true)? = options[option] { true } else { false }
    }
}

/// A collector: what to capture, from what, and in what order of volatility. One YAML file under `collectors/`.
public struct CollectorDefinition: Sendable, Hashable {
    public var name: String
    public var title: String
    public var references: [String]
    public var scope: CollectorScope
    /// Which containers it is for; nil for all.
    public var select: TargetSelector?
    /// Rank after RFC 3227 section 2.1: lower is captured first.
    public var volatility: Int
    /// Of all its steps for all targets together.
    public var limits = CollectorLimits()
    /// What the operator may, or must, give it; by name.
    public var parameters: [CollectorParameter] = []
    /// What its parameters are, once that is known, see ``resolving(_:)``.
    public internal(set) var values: [String: String] = [:]
    public var steps: [StepDefinition]
    /// Lines of the values of the file's top-level keys, from 1.
    public var lines: [String: Int]
    /// The file's text, byte for byte: it goes into the bundle.
    public var source: String
    /// How its outputs become rows.
    public var tables: [TableDefinition] = []
    /// What is wrong when its tables, and those of others, say so.
    public var findings: [FindingRule] = []

    /// Bytes of a file, of a profile too: many times what a person writes.
    public static let maxBytes = 1 << 20

    /// Whether a definition may have this name, and the file that it is in: 1 to 63 of a–z, 0–9 and `-`, not beginning with `-`.
    public static func isName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && !name.hasPrefix("-")
            && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D }
    }

    /// Whether it runs only when its whole name is given: it does something on the operator's machine, what it asks is decided by
    /// what a cluster says, it captures what is not the target or whatever lies at a path, or it cannot run without a value that
    /// only the operator knows.
    public var mustBeNamed: Bool {
        scope == .local || steps.contains { $0.kind.mustBeNamed } || parameters.contains { $0.defaultValue == nil }
    }

    /// Whether it finds the pods that everything in containers is planned from.
    public var findsPods: Bool { steps.contains { $0.kind.findsPods } }
}
