internal import Archive
public import BundleFormat
internal import Synchronization

/// Takes the content of one entry as it comes, hashes it in the caller's task and keeps it until its size is known.
///
/// Many are open at once; each is used by one task at a time. What is not finished when the bundle is sealed is not in
/// it.
public final class EntryWriter: Sendable {
    /// What a spool holds in memory before it becomes a file.
    static let memoryBytes = 256 << 10
    /// What is gathered before it is written to the file.
    private static let fileBufferBytes = 64 << 10

    private struct State: ~Copyable {
        var hasher: ContentHasher?
        var digest: ContentDigest?
        var memory: [UInt8] = []
        /// Bytes of `memory` that count against the budget.
        var reserved = 0
        var file: SpoolFile?
        var failure: BundleError?
        /// Its bytes no longer count against the room.
        var isSettled = false
    }

    /// Where the entry will be in the bundle.
    public let path: EntryPath
    let sourceNames: [SourceName]?
    let media: String
    let segmentation: Segmentation
    let attempt: Int
    /// Taken from the room when it was opened.
    let cost: EntryCost
    /// The name of its file in the spool folder.
    let number: UInt64

    private let state: Mutex<State>
    private let received = Atomic<UInt64>(0)
    private let bundle: BundleWriter
    private let folder: SpoolFolder
    private let budget: SpoolBudget
    private let room: Room

    init(
        allocation: EntryPathAllocator.Allocation, media: String, segmentation: Segmentation, attempt: Int,
        cost: EntryCost, number: UInt64,
        salts: SaltTree, bundle: BundleWriter, folder: SpoolFolder, budget: SpoolBudget, room: Room
    ) {
        path = allocation.path
        sourceNames = allocation.sourceNames
        self.media = media
        self.segmentation = segmentation
        self.attempt = attempt
        self.cost = cost
        self.number = number
        self.bundle = bundle
        self.folder = folder
        self.budget = budget
        self.room = room
        state = Mutex(
            State(hasher: ContentHasher(path: allocation.path, segmentation: segmentation, salts: salts)))
    }

    /// Bytes so far.
    public var length: UInt64 { received.load(ordering: .relaxed) }

    /// Appends content. Throws ``BundleError``: `outOfRoom`, `writeFailed`, `tooLarge`, `closed`.
    ///
    /// After `outOfRoom` the entry has what it had before, and perhaps the beginning of `bytes`: it can be finished.
    public func write(_ bytes: ArraySlice<UInt8>) async throws {
        try state.withLock { try Self.checkOpen($0) }
        var rest = bytes
        var mayRetry = true
        while !rest.isEmpty {
            let gains = room.gains
            if !room.take(UInt64(rest.count)) { try await bundle.takeRoom(UInt64(rest.count)) }
            rest = rest.dropFirst(try keep(rest))
            if rest.isEmpty { return }
            // The room is the archive's; what the spool needs until then is found by trying.
            room.settle(UInt64(rest.count))
            guard mayRetry, try await bundle.removeRetiredSpools(unlessGainedSince: gains) else {
                throw Self.outOfRoom(path)
            }
            mayRetry = false
        }
    }

    /// Stores and hashes what the disk takes; gives how many bytes that is.
    private func keep(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let stored = try state.withLock { state in
            do {
                try Self.checkOpen(state)
                let stored = try store(bytes, &state)
                try state.hasher?.update(bytes.prefix(stored))
                return stored
            } catch {
                room.settle(UInt64(bytes.count))
                throw fail(error, &state)
            }
        }
        received.add(UInt64(stored), ordering: .relaxed)
        return stored
    }

    /// See ``write(_:)``.
    public func write(_ bytes: [UInt8]) async throws {
        try await write(bytes[...])
    }

    /// Ends the entry and puts it into the bundle.
    public func finish() async throws -> EntryReceipt {
        let receipt: EntryReceipt
        do {
            receipt = try await place()
        } catch {
            release(placed: false)
            throw error
        }
        // Not before its spool is closed: the disk has its blocks until then.
        try await bundle.checkpointAfterEntry(spool: release(placed: true))
        return receipt
    }

    private func place() async throws -> EntryReceipt {
        let (digest, content) = try state.withLock { state in
            try Self.checkOpen(state)
            guard let hasher = state.hasher.take() else { throw Self.ended }
            do {
                let digest = try hasher.finalize()
                state.digest = digest
                return (digest, try complete(&state))
            } catch {
                throw fail(error, &state)
            }
        }
        return try await bundle.add(self, digest, content)
    }

    /// Drops the entry: nothing of it goes into the bundle.
    public func abandon() async {
        let wasOpen = state.withLock { state in
            let wasOpen = state.hasher != nil
            state.hasher = nil
            state.failure = state.failure ?? Self.ended
            return wasOpen
        }
        guard wasOpen else { return }
        await bundle.drop(self, spool: release(placed: false))
    }

    /// Puts what is there on disk, for a checkpoint. Nil when nothing is, or when the entry is no longer open.
    func synced() throws(BundleError) -> Checkpoint.Spool? {
        let result = state.withLock { state -> Result<Checkpoint.Spool?, BundleError> in
            guard state.failure == nil, state.digest?.size ?? state.hasher?.size ?? 0 > 0 else { return .success(nil) }
            do {
                // What the disk does not take is not covered by this checkpoint; the entry still has it.
                guard try flush(&state), try state.file?.keep(sync: true) ?? true else { return .success(nil) }
            } catch {
                return .failure(fail(error, &state))
            }
            guard let hash = state.digest?.sha256 ?? state.hasher?.digestSoFar() else { return .success(nil) }
            return .success(
                Checkpoint.Spool(
                    spool: number, path: path, media: media, segmentation: segmentation, attempt: attempt,
                    length: state.digest?.size ?? state.hasher?.size ?? 0, sha256: hash))
        }
        return try result.get()
    }

    // MARK: Storage

    /// Keeps what there is room for; gives how many bytes that is.
    private func store(_ bytes: ArraySlice<UInt8>, _ state: inout State) throws(ArchiveError) -> Int {
        if state.file == nil, state.memory.count + bytes.count <= Self.memoryBytes, budget.reserve(bytes.count) {
            state.reserved += bytes.count
            state.memory += bytes
            return bytes.count
        }
        if state.file == nil || state.memory.count + bytes.count > Self.fileBufferBytes {
            guard try flush(&state) else { return 0 }
        }
        guard bytes.count >= Self.fileBufferBytes else {
            state.memory += bytes
            return bytes.count
        }
        let before = state.file?.written ?? 0
        do {
            try bytes.span.bytes.withUnsafeBytes { bytes throws(ArchiveError) in try state.file?.write(bytes) }
            return bytes.count
        } catch {
            guard error.code == .noSpace else { throw error }
            return Int((state.file?.written ?? 0) - before)
        }
    }

    /// Makes the file if there is none, and puts into it what is in memory. False when the disk is full: what it did not
    /// take is still in memory.
    private func flush(_ state: inout State) throws(ArchiveError) -> Bool {
        let isAll = try folder.append(buffer: &state.memory, to: &state.file, name: String(number)) == .all
        let kept = min(state.memory.count, state.reserved)
        budget.release(state.reserved - kept)
        state.reserved = kept
        if isAll, state.memory.capacity > 2 * Self.fileBufferBytes { state.memory = [] }
        return isAll
    }

    private func complete(_ state: inout State) throws -> StoredContent {
        try state.file?.content(memory: state.memory) ?? StoredContent(state.memory)
    }

    /// Lets go of the memory and the descriptor. The file goes with the next checkpoint, or at the seal.
    ///
    /// - Parameter placed: its content is in the archive, and settled; its lines are yet to come.
    /// - Returns: the name of its spool file, if it has one.
    @discardableResult
    private func release(placed: Bool) -> String? {
        state.withLock { state in
            let spool = state.file == nil ? nil : String(number)
            budget.release(state.reserved)
            state.reserved = 0
            state.memory = []
            state.file = nil
            state.failure = state.failure ?? Self.ended
            if !state.isSettled { room.settle(placed ? cost.placing : cost.sum + length) }
            state.isSettled = true
            return spool
        }
    }

    /// This entry is lost; the bundle goes on without it if it can.
    private func fail(_ error: any Error, _ state: inout State) -> BundleError {
        let failure = BundleError(wrapping: error, doing: "capturing an entry", subject: path.rawValue)
            .leaving(
                "\(path) will not be in the bundle"
                    + (bundle.isStream ? "" : "; what was captured before is in \(bundle.partialPath)"))
        state.failure = failure
        return failure
    }

    private static func checkOpen(_ state: borrowing State) throws(BundleError) {
        if let failure = state.failure { throw failure }
    }

    private static func outOfRoom(_ path: EntryPath) -> BundleError {
        BundleError(
            code: .outOfRoom, doing: "capturing an entry", subject: path.rawValue,
            reason: "the disk is full: there is no room left to keep it until its end",
            advice: "free space and capture again")
    }

    private static let ended = BundleError(
        code: .closed, doing: "capturing an entry", reason: "the entry was finished or given up before")
}
