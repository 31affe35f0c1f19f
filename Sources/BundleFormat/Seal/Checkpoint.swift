public import Cryptography
internal import StructuredText

/// The head of a checkpoint: how far the bundle was, signed by the run's key (section 7.1).
public struct Checkpoint: Hashable, Sendable {
    /// An entry that was not finished.
    public struct Spool: Hashable, Sendable {
        /// The name of its file: a decimal number.
        public var spool: UInt64
        public var path: EntryPath
        public var media: String
        public var segmentation: Segmentation
        public var attempt: Int
        /// How many of its bytes are synced, and their hash.
        public var length: UInt64
        public var sha256: SHA256Digest

        public init(
            spool: UInt64, path: EntryPath, media: String, segmentation: Segmentation, attempt: Int, length: UInt64,
            sha256: SHA256Digest
        ) {
            self.spool = spool
            self.path = path
            self.media = media
            self.segmentation = segmentation
            self.attempt = attempt
            self.length = length
            self.sha256 = sha256
        }
    }

    /// From 1.
    public var number: UInt64
    public var bundle: BundleID
    /// The hash of the checkpoint before; zeros in the first.
    public var previous: SHA256Digest
    /// Tar offset of this entry's header.
    public var offset: UInt64
    /// Over the index lines so far.
    public var root: MerkleRoot
    /// Wall time in nanoseconds since 1970-01-01 UTC.
    public var time: Int64
    /// Nanoseconds of the boot clock since the run started.
    public var monotonic: Int64
    public var spools: [Spool]
    /// Attempts that have begun and not ended, as far as the writer was told.
    public var attempts: [OpenAttempt]
    /// How many lines of each follow the head, in this order.
    public var indexLines: UInt64
    public var ledgerLines: UInt64
    public var custodyLines: UInt64

    public init(
        number: UInt64, bundle: BundleID, previous: SHA256Digest, offset: UInt64, root: MerkleRoot, time: Int64,
        monotonic: Int64, spools: [Spool], attempts: [OpenAttempt] = [], indexLines: UInt64, ledgerLines: UInt64,
        custodyLines: UInt64
    ) {
        self.number = number
        self.bundle = bundle
        self.previous = previous
        self.offset = offset
        self.root = root
        self.time = time
        self.monotonic = monotonic
        self.spools = spools
        self.attempts = attempts
        self.indexLines = indexLines
        self.ledgerLines = ledgerLines
        self.custodyLines = custodyLines
    }

    /// The head with its LF.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.object {
            $0.member("checkpoint", number)
            $0.member("bundle", bundle.rawValue)
            $0.member("previous", previous.hex)
            $0.member("offset", offset)
            $0.member("leaves", root.leaves)
            $0.member("root", root.root.hex)
            $0.member("time", Timestamp.text(time))
            $0.member("monotonic", monotonic)
            $0.member("spools", .array(spools.map(\.json)))
            if !attempts.isEmpty { $0.member("attempts", .array(attempts.map(\.json))) }
            $0.member("index", indexLines)
            $0.member("ledger", ledgerLines)
            $0.member("custody", custodyLines)
        }
        writer.endLine()
        return writer.bytes
    }

    /// Reads a head without its LF.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        let reader = try RecordReader(
            line, doing: "reading a checkpoint", limit: FormatLimits.ledgerLine, members: Self.members)
        guard let bundle = BundleID(try reader.string("bundle")) else {
            throw reader.missing("bundle", "32 hex digits")
        }
        var spools: [Spool] = []
        for value in try reader.array("spools") { spools.append(try Spool(reader.element(value, of: "spools"))) }
        var attempts: [OpenAttempt] = []
        for value in try reader.optionalArray("attempts") ?? [] {
            attempts.append(try OpenAttempt(reader.element(value, of: "attempts")))
        }
        self.init(
            number: try reader.natural("checkpoint"), bundle: bundle, previous: try reader.digest("previous"),
            offset: try reader.natural("offset"),
            root: MerkleRoot(leaves: try reader.natural("leaves"), root: try reader.digest("root")),
            time: try reader.time("time"), monotonic: try reader.integer("monotonic"), spools: spools,
            attempts: attempts, indexLines: try reader.natural("index"), ledgerLines: try reader.natural("ledger"),
            custodyLines: try reader.natural("custody"))
    }

    private static let members = [
        "checkpoint", "bundle", "previous", "offset", "leaves", "root", "time", "monotonic", "spools", "attempts",
        "index", "ledger", "custody",
    ]
}

extension Checkpoint.Spool {
    fileprivate var json: JSONValue {
        [
            "spool": JSONValue(spool), "path": .string(path.rawValue), "media": .string(media),
            "segments": .string(segmentation.rawValue), "attempt": JSONValue(attempt), "length": JSONValue(length),
            "sha256": .string(sha256.hex),
        ]
    }

    init(_ reader: RecordReader) throws(FormatError) {
        guard let segmentation = Segmentation(rawValue: try reader.string("segments")) else {
            throw reader.missing("segments", "`lines` or `whole`")
        }
        self.init(
            spool: try reader.natural("spool"), path: try EntryPath(try reader.string("path")),
            media: try reader.string("media"), segmentation: segmentation, attempt: Int(try reader.natural("attempt")),
            length: try reader.natural("length"), sha256: try reader.digest("sha256"))
    }
}
