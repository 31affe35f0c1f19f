internal import StructuredText

/// One attempt to capture something and how it ended: a line of `meta/ledger.jsonl` (section 4.3).
public struct LedgerLine: Hashable, Sendable {
    /// The names an entry's path was made from.
    public struct Names: Hashable, Sendable {
        public var path: EntryPath
        /// One per component of the path as it was asked for, before rules 1 to 5 changed it.
        public var sourceNames: [SourceName]

        public init(path: EntryPath, sourceNames: [SourceName]) {
            self.path = path
            self.sourceNames = sourceNames
        }
    }

    /// From 1; unique in the bundle.
    public var attempt: Int
    public var collector: String
    /// The step kind.
    public var step: String
    public var target: Target
    public var source: EvidenceSource
    /// Absent for the usual way of the step.
    public var via: CaptureWay?
    public var state: AttemptState
    /// Absent when `ok` or `empty`.
    public var reason: Reason?
    /// What it produced.
    public var entries: [EntryPath]
    /// Only for entries whose path and names differ.
    public var names: [Names]
    /// Captured bytes.
    public var bytes: UInt64
    /// Only when a limit cut the output.
    public var truncated: Truncation?
    /// RFC 3227 rank; lower was captured first.
    public var volatility: Int
    /// Wall times in nanoseconds since 1970-01-01 UTC.
    public var started: Int64
    public var ended: Int64
    /// Nanoseconds of the boot clock since the run started.
    public var monotonic: ClosedRange<Int64>

    public init(
        attempt: Int, collector: String, step: String, target: Target, source: EvidenceSource, via: CaptureWay? = nil,
        state: AttemptState, reason: Reason? = nil, entries: [EntryPath] = [], names: [Names] = [], bytes: UInt64 = 0,
        truncated: Truncation? = nil, volatility: Int, started: Int64, ended: Int64, monotonic: ClosedRange<Int64>
    ) {
        self.attempt = attempt
        self.collector = collector
        self.step = step
        self.target = target
        self.source = source
        self.via = via
        self.state = state
        self.reason = reason
        self.entries = entries
        self.names = names
        self.bytes = bytes
        self.truncated = truncated
        self.volatility = volatility
        self.started = started
        self.ended = ended
        self.monotonic = monotonic
    }

    /// The line with its LF. A reason is left out when the state is `ok` or `empty`, which have none.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("attempt", attempt)
            $0.member("collector", collector)
            $0.member("step", step)
            $0.member("target", target.json)
            $0.member("source", source.rawValue)
            if let via { $0.member("via", via.rawValue) }
            $0.member("state", state.rawValue)
            if let reason, state != .ok, state != .empty {
                $0.member("reason", ["code": .string(reason.code.rawValue), "message": .string(reason.message)])
            }
            $0.member("entries", .array(entries.map { .string($0.rawValue) }))
            if !names.isEmpty {
                $0.member(
                    "names",
                    .object(JSONObject(names.map { ($0.path.rawValue, .array($0.sourceNames.map(\.json))) })))
            }
            $0.member("bytes", bytes)
            if let truncated { $0.member("truncated", .object(truncated.members)) }
            $0.member("volatility", volatility)
            $0.member("started", Timestamp.text(started))
            $0.member("ended", Timestamp.text(ended))
            $0.member("monotonic", [JSONValue(monotonic.lowerBound), JSONValue(monotonic.upperBound)])
        }
        writer.endLine()
        return writer.bytes
    }
}
