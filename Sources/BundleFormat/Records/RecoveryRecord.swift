public import Cryptography
internal import StructuredText

/// What was done to make a sealed bundle of one whose writer was killed: `meta/recovery.json` (section 7.3).
public struct RecoveryRecord: Hashable, Sendable {
    /// An entry that the last checkpoint names and that could not be kept.
    public struct LostEntry: Hashable, Sendable {
        public var path: EntryPath
        /// What the checkpoint says there was.
        public var bytes: UInt64
        /// A clause for a person.
        public var reason: String

        public init(path: EntryPath, bytes: UInt64, reason: String) {
            self.path = path
            self.bytes = bytes
            self.reason = reason
        }
    }

    /// Wall time in nanoseconds since 1970-01-01 UTC.
    public var time: Int64
    /// Who recovered.
    public var `operator`: String
    /// What recovered.
    public var tool: OpeningRecord.Tool
    /// Of `NAME.partial`.
    public var sourceSHA256: SHA256Digest
    /// Of `NAME.partial`, in bytes.
    public var sourceSize: UInt64
    /// The last checkpoint that holds: everything up to it is in the bundle.
    public var checkpoint: UInt64
    /// Entries that had not ended, and go only as far as the checkpoint proves.
    public var partial: [EntryPath]
    /// Bytes that were found and that no checkpoint proves, or that one proves and that were not found.
    public var lostBytes: UInt64
    public var lostEntries: [LostEntry]
    /// Custody lines behind those of the checkpoint: they follow the chain, but the run's key did not sign them.
    public var unsignedCustodyLines: UInt64

    public init(
        time: Int64, operator: String, tool: OpeningRecord.Tool, sourceSHA256: SHA256Digest, sourceSize: UInt64,
        checkpoint: UInt64, partial: [EntryPath] = [], lostBytes: UInt64 = 0, lostEntries: [LostEntry] = [],
        unsignedCustodyLines: UInt64 = 0
    ) {
        self.time = time
        self.operator = `operator`
        self.tool = tool
        self.sourceSHA256 = sourceSHA256
        self.sourceSize = sourceSize
        self.checkpoint = checkpoint
        self.partial = partial
        self.lostBytes = lostBytes
        self.lostEntries = lostEntries
        self.unsignedCustodyLines = unsignedCustodyLines
    }

    /// Counts more lost bytes. What a hostile bundle claims may be beyond any number.
    public mutating func addLost(bytes: UInt64) {
        let (sum, overflow) = lostBytes.addingReportingOverflow(bytes)
        lostBytes = overflow ? UInt64(Int64.max) : min(sum, UInt64(Int64.max))
    }

    /// The record with its LF.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        let lost: [JSONValue] = lostEntries.map {
            ["path": .string($0.path.rawValue), "bytes": JSONValue($0.bytes), "reason": .string($0.reason)]
        }
        writer.object {
            $0.member("time", Timestamp.text(time))
            $0.member("operator", `operator`)
            $0.member("tool", tool.json)
            $0.member("source", ["sha256": .string(sourceSHA256.hex), "size": JSONValue(sourceSize)])
            $0.member("checkpoint", checkpoint)
            $0.member("partial", .array(partial.map { .string($0.rawValue) }))
            $0.member("lost", ["bytes": JSONValue(lostBytes), "entries": .array(lost)])
            $0.member("custody", ["unsigned": JSONValue(unsignedCustodyLines)])
        }
        writer.endLine()
        return writer.bytes
    }

    /// Reads the record, LF included.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        let doing = "reading the record of a recovery"
        guard bytes.last == 0x0A else { throw FormatError(doing: doing, reason: "it does not end in a line end") }
        let reader = try RecordReader(
            bytes.dropLast(), doing: doing, limit: FormatLimits.ledgerLine, members: Self.members)
        let source = try reader.object("source")
        let lost = try reader.object("lost")
        self.init(
            time: try reader.time("time"), operator: try reader.string("operator"),
            tool: try OpeningRecord.Tool(try reader.object("tool")), sourceSHA256: try source.digest("sha256"),
            sourceSize: try source.natural("size"), checkpoint: try reader.natural("checkpoint"),
            lostBytes: try lost.natural("bytes"),
            unsignedCustodyLines: try reader.object("custody").natural("unsigned"))
        for text in try reader.strings("partial") { partial.append(try EntryPath(text)) }
        for value in try lost.array("entries") {
            let entry = try lost.element(value, of: "entries")
            lostEntries.append(
                LostEntry(
                    path: try EntryPath(try entry.string("path")), bytes: try entry.natural("bytes"),
                    reason: try entry.string("reason")))
        }
    }

    private static let members = [
        "time", "operator", "tool", "source", "checkpoint", "partial", "lost", "custody",
    ]
}
