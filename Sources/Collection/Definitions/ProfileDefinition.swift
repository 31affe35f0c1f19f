/// A profile: which collectors run when nobody names any, and within what limits. One YAML file under `collectors/profiles/`.
public struct ProfileDefinition: Sendable, Hashable {
    /// What holds where the command line says nothing, and how far a step may go at most.
    public struct Limits: Sendable, Hashable {
        /// When the run ends and what there is gets sealed.
        public var deadline: Duration?
        /// Bytes of the whole bundle.
        public var maxSize: UInt64?
        /// How far back logs, journals and changed files go.
        public var since: Duration?
        /// Last lines of each log.
        public var tail: Int?
        /// The most that a step may take and bring, whatever its definition says.
        public var stepTimeout: Duration?
        public var stepBytes: UInt64?
        /// The most that a collector may take and bring, over all that it captures.
        public var collector = CollectorLimits()

        public init() {}
    }

    public var name: String
    public var title: String
    /// Patterns of names, in order; one with `!` takes away. The last that fits a collector decides.
    public var collectors: [String]
    public var limits: Limits
    /// Values of collectors' parameters, by collector and name: `set`.
    public var values: [String: [String: String]] = [:]
    /// Lines of the values of the file's top-level keys, from 1.
    public var lines: [String: Int]
    /// The file's text, byte for byte: it goes into the bundle.
    public var source: String
    /// Whether it came with the program, or takes the place of one that did: nobody chose it for what it says.
    var isBuiltIn = false

    /// The profile of a run that names none.
    public static let defaultName = "incident"

    /// Whether it has a collector of this name.
    public func includes(_ collector: String) -> Bool {
        var isIncluded = false
        for pattern in collectors {
            let isNegated = pattern.hasPrefix("!")
            if Glob.matches(isNegated ? String(pattern.dropFirst()) : pattern, collector) { isIncluded = !isNegated }
        }
        return isIncluded
    }

    /// Whether the operator chose it by a name of its own and it has this very name, not by a pattern.
    func names(_ collector: String) -> Bool {
        !isBuiltIn && collectors.contains(collector) && includes(collector)
    }

    /// A definition as this profile lets it run.
    func limited(_ definition: CollectorDefinition) -> CollectorDefinition {
        var definition = definition
        definition.limits = definition.limits.within(limits.collector)
        for index in definition.steps.indices {
            if let timeout = limits.stepTimeout {
                definition.steps[index].limits.timeout = min(definition.steps[index].limits.timeout, timeout)
            }
            if let bytes = limits.stepBytes {
                definition.steps[index].limits.bytes = min(definition.steps[index].limits.bytes, bytes)
            }
        }
        return definition
    }
}
