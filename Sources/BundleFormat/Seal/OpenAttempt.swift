internal import StructuredText

/// An attempt that has begun and not ended: what a checkpoint knows of it, so that a recovered bundle can say what was
/// under way (section 7.1).
public struct OpenAttempt: Hashable, Sendable {
    /// From 1.
    public var attempt: Int
    public var collector: String
    /// The step kind.
    public var step: String
    public var target: Target
    public var source: EvidenceSource
    /// RFC 3227 rank.
    public var volatility: Int
    /// Wall time in nanoseconds since 1970-01-01 UTC.
    public var started: Int64
    /// Nanoseconds of the boot clock since the run started, at its start.
    public var monotonic: Int64

    public init(
        attempt: Int, collector: String, step: String, target: Target, source: EvidenceSource, volatility: Int,
        started: Int64, monotonic: Int64
    ) {
        self.attempt = attempt
        self.collector = collector
        self.step = step
        self.target = target
        self.source = source
        self.volatility = volatility
        self.started = started
        self.monotonic = monotonic
    }

    var json: JSONValue {
        [
            "attempt": JSONValue(attempt), "collector": .string(collector), "step": .string(step),
            "target": target.json, "source": .string(source.rawValue), "volatility": JSONValue(volatility),
            "started": .string(Timestamp.text(started)), "monotonic": JSONValue(monotonic),
        ]
    }

    init(_ reader: RecordReader) throws(FormatError) {
        let attempt = try reader.natural("attempt")
        guard attempt >= 1 else { throw reader.missing("attempt", "a number from 1") }
        guard let source = EvidenceSource(rawValue: try reader.string("source")) else {
            throw reader.missing("source", "one of the four sources")
        }
        self.init(
            attempt: Int(attempt), collector: try reader.string("collector"), step: try reader.string("step"),
            target: try Target(try reader.object("target")), source: source,
            volatility: Int(try reader.integer("volatility")), started: try reader.time("started"),
            monotonic: try reader.integer("monotonic"))
    }
}
