/// Looks at the processes again and again, and says which began and which ended since the last time. What begins and ends between
/// two samples is not seen.
public struct ProcessSampler: Sendable {
    private let proc: ProcFileSystem
    private let reader: ProcessReader
    /// What the last sample said of each; the start tells a process from the next one with its number.
    private var known: [Int32: ProcessStat] = [:]
    private var number = 0

    public init(proc: ProcFileSystem) {
        self.proc = proc
        reader = ProcessReader(proc: proc)
    }

    /// Takes the next sample: of processes that were there before only their `stat` is read.
    ///
    /// - Returns: what could not be read. A sample that was cancelled leaves out the rest.
    /// - Throws: ``HostError`` if the processes cannot be listed at all, and what `body` throws.
    public mutating func sample(_ body: (ProcessSample) throws -> Void) throws -> SampleEnd {
        defer { number += 1 }
        let time = Timestamp.now()
        var summary = ProcessSummary()
        var current: [Int32: ProcessStat] = [:]
        var gone: [ProcessStat] = []
        for pid in try proc.processIDs() {
            guard !Task.isCancelled else { return SampleEnd(failures: summary.failures, isCancelled: true) }
            let before = known.removeValue(forKey: pid)
            if let before, let now = stat(pid), now.startTicks == before.startTicks {
                current[pid] = now
                continue
            }
            if let before { gone.append(before) }
            guard let record = reader.read(pid: pid, into: &summary) else { continue }
            current[pid] = record.stat
            try body(
                ProcessSample(number: number, time: time, change: number == 0 ? .present : .opened, record: record))
        }
        gone += known.values
        for stat in gone.sorted(by: { $0.pid < $1.pid }) {
            try body(
                ProcessSample(number: number, time: time, change: .closed, record: ProcessRecord(stat: stat)))
        }
        known = current
        return SampleEnd(failures: summary.failures)
    }

    private func stat(_ pid: Int32) -> ProcessStat? {
        guard let directory = try? proc.process(pid) else { return nil }
        var text: [UInt8] = []
        guard (try? directory.read("stat", limit: 4_096, into: &text)) != nil else { return nil }
        return ProcessStat(text)
    }
}

/// A process that was there (``SampleChange/present``), began (``SampleChange/opened``) or ended (``SampleChange/closed``).
public struct ProcessSample: Sendable, FieldRecord {
    /// From 0.
    public let number: Int
    /// When the sample was begun, by the wall clock.
    public let time: Timestamp
    public let change: SampleChange
    /// Of a process that has ended: its last `stat`, and nothing else.
    public let record: ProcessRecord

    public static let fieldNames = ["sample", "time", "change"] + ProcessRecord.fieldNames

    package func write(to writer: inout some FieldWriter) {
        writer.field("sample", .number(number))
        writer.field("time", .time(time))
        writer.field("change", .text(change.rawValue))
        record.write(to: &writer)
    }
}
