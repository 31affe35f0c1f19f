/// What a capture of packets was, and how it ended.
public struct PacketCaptureSummary: Sendable {
    /// Why it ended.
    public enum End: String, Sendable {
        /// Its time was over, as meant.
        case time
        /// The file has as many bytes as it may have.
        case bytes
        case cancelled
    }

    /// An interface that a packet came from.
    public struct Interface: Sendable, Hashable {
        /// The kernel's number for it.
        public var index: UInt32
        public var name: RawText
        /// As pcapng numbers it.
        public var linkType: UInt16
        public var packets: UInt64 = 0
    }

    public var started: Timestamp
    public var ended: Timestamp
    public var end: End?
    /// That are in the file.
    public var packets: UInt64 = 0
    /// That fitted the filter, and that the kernel had no room to keep until they were taken.
    public var dropped: UInt64 = 0
    /// Left out, as they are of more interfaces than a file tells apart.
    public var untold: UInt64 = 0
    /// In the order of the file.
    public var interfaces: [Interface] = []
    /// Interfaces that could not be captured from.
    public var failures = FailureLog()

    init(started: Timestamp) {
        self.started = started
        ended = started
    }
}

extension PacketCaptureSummary: FieldRecord {
    public static let fieldNames = ["started", "ended", "end", "packets", "dropped", "left_out", "interfaces"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("started", .time(started))
        writer.field("ended", .time(ended))
        writer.field("end", end.map { .text($0.rawValue) })
        writer.field("packets", .unsigned(packets))
        writer.field("dropped", .unsigned(dropped))
        writer.field("left_out", untold == 0 ? nil : .unsigned(untold))
        writer.field(
            "interfaces",
            .records(
                interfaces.map {
                    [
                        ("index", .number($0.index)), ("name", .raw($0.name)), ("link_type", .number($0.linkType)),
                        ("packets", .unsigned($0.packets)),
                    ]
                }))
    }
}
