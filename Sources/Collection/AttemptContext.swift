package import Bundle
public import BundleFormat
public import StructuredText
internal import Synchronization

/// What a step gets to work with: a place for what it captures, the custody log, its limits.
public final class AttemptContext: Sendable {
    public let number: Int
    public let target: Target
    public let limits: StepLimits
    private let collector: String
    private let budgets: CollectorBudgets

    private struct State {
        var open: [EvidenceEntry] = []
        var receipts: [EntryReceipt] = []
        var bytes: UInt64 = 0
        /// What the ledger line will need for the entries, about.
        var lineBytes = 0
        var way: CaptureWay?
        var closed = false
    }

    /// Paths and names of an attempt's entries together. Beyond it the ledger line could not be written, and so nothing at all.
    static let maxLineBytes = FormatLimits.ledgerLine / 4 * 3
    /// The names of one entry together: four times what Kubernetes and Linux let a path be.
    private static let maxNameBytes = 16 << 10

    private let state = Mutex(State())
    private let keeper: any EvidenceKeeper
    private let clock: RunClock
    private let observer: any RunObserver
    private let failed: @Sendable (any Error) -> Void
    private let isFull: @Sendable (RoomEnd) -> Void
    /// A custody line has 1 MiB (format.md 13).
    private static let maxDetailBytes = 256 << 10

    init(
        number: Int, planned: PlannedAttempt, budgets: CollectorBudgets, keeper: any EvidenceKeeper, clock: RunClock,
        observer: any RunObserver, failed: @escaping @Sendable (any Error) -> Void,
        isFull: @escaping @Sendable (RoomEnd) -> Void
    ) {
        self.number = number
        self.target = planned.target
        self.limits = planned.limits
        self.collector = planned.collector
        self.budgets = budgets
        self.keeper = keeper
        self.clock = clock
        self.observer = observer
        self.failed = failed
        self.isFull = isFull
    }

    /// Of a step that runs where no ledger is written: on a node, for the capture of a cluster.
    package convenience init(
        target: Target, limits: StepLimits, keeper: any EvidenceKeeper, clock: RunClock,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let planned = PlannedAttempt(
            collector: "", step: "", target: target, source: .node, volatility: 0, limits: limits, label: ""
        ) { _ in .ok }
        self.init(
            number: 0, planned: planned, budgets: CollectorBudgets([]), keeper: keeper, clock: clock,
            observer: UnobservedRun(), failed: failed, isFull: { _ in })
    }

    /// Opens an entry of the bundle below `data/`. Components are source names: they are escaped as format.md 2.1 says.
    ///
    /// What was written when the attempt ends is kept, whether or not the step came to its end.
    public func entry(_ components: [String], media: MediaType, size: UInt64? = nil) async throws -> EvidenceEntry {
        try await entry(components.map { Array($0.utf8) }, media: media, size: size)
    }

    /// The same for names that may be any bytes, as those of files.
    public func entry(_ components: [[UInt8]], media: MediaType, size: UInt64? = nil) async throws -> EvidenceEntry {
        try refuseWhenClosed()
        try reserveLine(components)
        let entry: any KeptEntry
        do {
            entry = try await keeper.entry(components, media: media, attempt: number, size: size)
        } catch {
            throw refused(error)
        }
        let evidence = EvidenceEntry(kept: entry, context: self)
        let isLate = state.withLock { state in
            if !state.closed { state.open.append(evidence) }
            return state.closed
        }
        if isLate {
            await evidence.abandon()
            throw CancellationError()
        }
        return evidence
    }

    /// Writes a whole entry.
    public func entry(_ components: [String], media: MediaType, bytes: [UInt8]) async throws {
        let entry = try await entry(components, media: media, size: UInt64(bytes.count))
        try await entry.write(bytes)
        try await entry.finish()
    }

    /// Puts down what is about to be done to the target. Comes before doing it.
    public func custody(_ action: CustodyLine.Action, detail: JSONObject) async throws {
        try refuseWhenClosed()
        guard JSONValue.object(detail).serialized().count <= Self.maxDetailBytes else {
            throw StepFailure(
                .error("DetailTooLong", "what was to be done is too long to be put down, so it was not done"))
        }
        do {
            try await keeper.custody(
                action, target: target, detail: detail, attempt: number, monotonic: clock.monotonic)
        } catch {
            throw refused(error)
        }
    }

    /// What the bundle did not take: a full disk ends the run, anything else the bundle.
    func refused(_ error: any Error) -> any Error {
        if let end = keeper.roomEnd(error) { return outOfRoom(end) }
        failed(error)
        return error
    }

    /// The step takes another way than its usual one.
    public func take(_ way: CaptureWay) {
        state.withLock { $0.way = way }
    }

    /// The way that was taken; nil: the step's usual one.
    package var way: CaptureWay? { state.withLock { $0.way } }

    /// Captured bytes so far.
    public var bytes: UInt64 { state.withLock { $0.bytes } }

    /// How many of so many bytes it may bring, and what ends it when those are not all.
    func account(_ count: Int) -> (allowed: Int, end: StepFailure?) {
        let (allowed, wanted) = state.withLock { state -> (UInt64, UInt64) in
            let left = limits.bytes > state.bytes ? limits.bytes - state.bytes : 0
            let wanted = min(left, UInt64(count))
            let allowed = budgets.take(wanted, of: collector)
            state.bytes += allowed
            return (allowed, wanted)
        }
        observer.received(bytes: Int(allowed))
        if allowed < wanted { return (Int(allowed), StepFailure(budgets.full(collector))) }
        guard allowed < count else { return (count, nil) }
        let limit = limits.bytes
        return (
            Int(allowed),
            StepFailure(
                Outcome(
                    .partial,
                    reason: Reason(code: "ByteLimit", message: "cut off at the limit of \(limit) bytes"),
                    truncated: Truncation(limit: limit)))
        )
    }

    /// The bundle takes only what the seal needs: the run ends, and what there is gets sealed.
    private func outOfRoom(_ end: RoomEnd) -> StepFailure {
        isFull(end)
        return StepFailure(.partial(end.reasonCode, "cut off: \(end.words)"))
    }

    func finished(_ entry: EvidenceEntry, _ receipt: EntryReceipt?) {
        state.withLock { state in
            state.open.removeAll { $0 === entry }
            if let receipt { state.receipts.append(receipt) }
        }
    }

    /// Ends every entry that is still open, keeping what it has, and refuses more.
    @discardableResult
    package func close() async -> [EntryReceipt] {
        let open = state.withLock { state in
            state.closed = true
            return state.open
        }
        for entry in open { await entry.close() }
        return state.withLock { $0.receipts }
    }

    private func refuseWhenClosed() throws {
        if state.withLock({ $0.closed }) { throw CancellationError() }
    }

    /// Names come from the cluster: one attempt's must fit the one line that tells of it.
    private func reserveLine(_ components: [[UInt8]]) throws {
        let size = components.reduce(0) { $0 + $1.count }
        guard size <= Self.maxNameBytes else {
            throw StepFailure(.error("NameTooLong", "names of \(size) bytes cannot be an entry's path"))
        }
        // The path; and once more, escaped, the names that it was made from when they are not plain.
        let isPlain = components.allSatisfy { name in
            (1...255).contains(name.count) && name != [0x2E] && name != [0x2E, 0x2E]
                && name.allSatisfy {
                    $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
                }
        }
        let fits = state.withLock { state in
            state.lineBytes += size + components.count + 16 + (isPlain ? 0 : 1_000 + 6 * size)
            return state.lineBytes <= Self.maxLineBytes
        }
        guard fits else {
            throw StepFailure(
                .partial("TooManyEntries", "more entries than one line of the ledger can name; what came is kept"))
        }
    }
}

/// Nobody watches.
private struct UnobservedRun: RunObserver {
    func planned(_: Int) {}
    func started(_: Int, label: String) {}
    func received(bytes: Int) {}
    func stopped(_: CaptureEngine.RunStop) {}
    func skipped(_: Int) {}
    func ended(_: LedgerLine) {}
}

/// How an entry is to be read: its media type, and whether it is made of lines.
public struct MediaType: Sendable, Hashable {
    public var name: String
    public var segments: Segmentation

    public static let yaml = MediaType(name: "application/yaml", segments: .lines)
    public static let json = MediaType(name: "application/json", segments: .lines)
    public static let jsonLines = MediaType(name: "application/x-ndjson", segments: .lines)
    public static let text = MediaType(name: "text/plain", segments: .lines)
    public static let tabSeparated = MediaType(name: "text/tab-separated-values", segments: .lines)
    public static let commaSeparated = MediaType(name: "text/csv", segments: .lines)
    public static let binary = MediaType(name: "application/octet-stream", segments: .whole)

    /// One of those above.
    package static func known(_ name: String) -> MediaType? {
        let all: [MediaType] = [.yaml, .json, .jsonLines, .text, .tabSeparated, .commaSeparated, .binary]
        return all.first { $0.name == name }
    }

    /// By the end of a file's name; text for those that say nothing.
    public static func named(_ file: String) -> MediaType {
        let types: [Substring: MediaType] = [
            "yaml": .yaml, "yml": .yaml, "json": .json, "jsonl": .jsonLines, "ndjson": .jsonLines, "tsv": .tabSeparated,
            "csv": .commaSeparated, "bin": .binary, "gz": .binary, "tar": .binary, "pb": .binary,
        ]
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? types[parts[parts.count - 1]] ?? .text : .text
    }
}
