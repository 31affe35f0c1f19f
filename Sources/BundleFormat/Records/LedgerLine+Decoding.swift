internal import StructuredText

extension LedgerLine {
    private static let members = [
        "attempt", "collector", "step", "target", "source", "via", "state", "reason", "entries", "names", "bytes",
        "truncated", "volatility", "started", "ended", "monotonic",
    ]

    /// Reads a line without its LF.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        let doing = "reading a ledger line"
        let reader = try RecordReader(line, doing: doing, limit: FormatLimits.ledgerLine, members: Self.members)
        let attempt = try reader.natural("attempt")
        guard attempt >= 1 else { throw reader.missing("attempt", "a number from 1") }
        guard let source = EvidenceSource(rawValue: try reader.string("source")) else {
            throw reader.missing("source", "one of the four sources")
        }
        guard let state = AttemptState(rawValue: try reader.string("state")) else {
            throw reader.missing("state", "one of the eight end states")
        }
        let reason = try Self.reason(reader, state)
        let clock = try reader.array("monotonic").compactMap(\.int)
        guard clock.count == 2, clock[0] <= clock[1] else { throw reader.missing("monotonic", "[start, end]") }
        self.init(
            attempt: Int(attempt), collector: try reader.string("collector"), step: try reader.string("step"),
            target: try Target(try reader.object("target")), source: source,
            via: try reader.optionalString("via").map { CaptureWay(rawValue: $0) }, state: state, reason: reason,
            entries: try Self.paths(reader), names: try Self.names(reader), bytes: try reader.natural("bytes"),
            truncated: try reader.optionalObject("truncated").map { Truncation(members: $0.all) },
            volatility: Int(try reader.integer("volatility")), started: try reader.time("started"),
            ended: try reader.time("ended"), monotonic: Int64(clock[0])...Int64(clock[1]))
    }

    private static func reason(_ reader: RecordReader, _ state: AttemptState) throws(FormatError) -> Reason? {
        guard let reason = try reader.optionalObject("reason") else { return nil }
        guard state != .ok, state != .empty else {
            throw FormatError(
                code: .badValue, doing: reader.doing, subject: "reason", reason: "the state \(state.rawValue) has none")
        }
        return Reason(code: try reason.string("code"), message: try reason.string("message"))
    }

    private static func paths(_ reader: RecordReader) throws(FormatError) -> [EntryPath] {
        var paths: [EntryPath] = []
        for text in try reader.strings("entries") { paths.append(try EntryPath(text)) }
        return paths
    }

    private static func names(_ reader: RecordReader) throws(FormatError) -> [Names] {
        guard let object = try reader.optionalObject("names") else { return [] }
        var names: [Names] = []
        for member in object.all {
            guard let array = member.value.array else { throw reader.missing("names", "an object of arrays") }
            let sourceNames = array.compactMap(SourceName.init(json:))
            guard sourceNames.count == array.count else { throw reader.missing("names", "strings or {\"base64\"}") }
            names.append(Names(path: try EntryPath(member.key), sourceNames: sourceNames))
        }
        return names
    }
}
