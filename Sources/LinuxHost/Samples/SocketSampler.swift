/// What became of a socket or a process between two samples.
public enum SampleChange: String, Sendable, CaseIterable {
    /// It was there in the first sample.
    case present
    /// It was not there in the sample before.
    case opened
    /// It was there in the sample before, in another state.
    case changed
    /// It is there no more; what is said of it is what the last sample with it said.
    case closed
}

/// Looks at the sockets again and again, and says what changed since the last time: a connection that lives for a second, once a
/// minute, is in no snapshot but by luck. What opens and closes between two samples is not seen.
public struct SocketSampler: Sendable {
    private let reader: SocketReader
    private var known: [Key: SocketEntry] = [:]
    private var number = 0

    /// Sockets of TIME-WAIT have no inode: they are told apart by their addresses.
    private struct Key: Hashable {
        let namespace: UInt64?
        let table: SocketTableName
        let inode: UInt64
        let local: SocketEndpoint?
        let remote: SocketEndpoint?

        init(_ entry: SocketEntry) {
            namespace = entry.namespace
            table = entry.socket.table
            inode = entry.socket.inode
            if case .internet(let socket) = entry.socket.detail {
                (local, remote) = (socket.local, socket.remote)
            } else {
                (local, remote) = (nil, nil)
            }
        }
    }

    public init(reader: SocketReader) {
        self.reader = reader
    }

    /// Takes the next sample. Each change is handed to `body`: first what is there, in the order of the tables, then what is gone.
    ///
    /// - Returns: what could not be read, and whether it was cancelled; a sample that was cancelled brings nothing.
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public mutating func sample(_ body: (SocketSample) throws -> Void) throws -> SampleEnd {
        let snapshot = try reader.read()
        guard !snapshot.isCancelled else { return SampleEnd(failures: snapshot.failures, isCancelled: true) }
        defer { number += 1 }
        var current: [Key: SocketEntry] = [:]
        current.reserveCapacity(snapshot.sockets.count)
        func say(_ change: SampleChange, _ entry: SocketEntry) throws {
            try body(SocketSample(number: number, time: snapshot.began, change: change, entry: entry))
        }
        for entry in snapshot.sockets {
            let key = Key(entry)
            current[key] = entry
            guard let before = known.removeValue(forKey: key) else {
                try say(number == 0 ? .present : .opened, entry)
                continue
            }
            if before.socket.state != entry.socket.state { try say(.changed, entry) }
        }
        for (_, entry) in known.sorted(by: { $0.value.socket.inode < $1.value.socket.inode }) {
            try say(.closed, entry)
        }
        known = current
        return SampleEnd(failures: snapshot.failures)
    }
}

/// How a sample went.
public struct SampleEnd: Sendable {
    public var failures = FailureLog()
    public var isCancelled = false
}

/// A socket that appeared, changed its state, or went.
public struct SocketSample: Sendable, FieldRecord {
    /// From 0.
    public let number: Int
    /// When the sample was begun, by the wall clock.
    public let time: Timestamp
    public let change: SampleChange
    public let entry: SocketEntry

    public static let fieldNames = ["sample", "time", "change"] + SocketEntry.fieldNames

    package func write(to writer: inout some FieldWriter) {
        writer.field("sample", .number(number))
        writer.field("time", .time(time))
        writer.field("change", .text(change.rawValue))
        entry.write(to: &writer)
    }
}
