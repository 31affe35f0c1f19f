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

/// A value of a step's option, as written in the definition.
public enum OptionValue: Sendable, Hashable {
    case text(String)
    case flag(Bool)
    case list([String])
}

/// One step of a collector: a kind, its options and its limits.
public struct StepDefinition: Sendable, Hashable {
    /// The step kind: `list`, `logs`, `sockets` …
    public var kind: String
    public var options: [String: OptionValue]
    public var limits: StepLimits

    public init(kind: String, options: [String: OptionValue] = [:], limits: StepLimits = .default) {
        self.kind = kind
        self.options = options
        self.limits = limits
    }

    /// The strings of a list option; empty when it is not set.
    public func list(_ option: String) -> [String] {
        if case .list(let values)? = options[option] { values } else { [] }
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
    /// Rank after RFC 3227 section 2.1: lower is captured first.
    public var volatility: Int
    public var steps: [StepDefinition]
    /// The file's text, byte for byte: it goes into the bundle.
    public var source: String
}
