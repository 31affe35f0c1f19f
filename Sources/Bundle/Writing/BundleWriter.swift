public import Archive
public import BundleFormat
public import Cryptography
public import StructuredText

/// Writes a bundle, once, in the order of docs/format.md section 1, while its entries come in from many tasks.
///
/// The file is called `NAME.partial` until ``seal()`` gives it its name; after a failure it stays, with what is in it.
/// Memory is bounded by the container's frames and the spools' budget: it does not grow with content, and by about 50
/// bytes an entry.
public actor BundleWriter {
    public struct Options: Sendable {
        public var container: Container
        /// Compression level, within `Container.levels`; nil is the container's default.
        public var level: Int?
        /// What all open spools together hold in memory, in bytes.
        public var spoolMemory = 16 << 20
        /// A checkpoint is due after so many bytes of tar, or so much time, whichever comes first.
        public var checkpointBytes: UInt64 = 64 << 20
        public var checkpointInterval = Duration.seconds(10)

        public init(container: Container = .tarZstd, level: Int? = nil) {
            self.container = container
            self.level = level
        }
    }

    /// Where the bundle will be.
    public nonisolated let outputPath: String
    /// Where it is until then.
    public nonisolated let partialPath: String
    /// As it stands in the bundle, the run's key included.
    public nonisolated let opening: OpeningRecord

    nonisolated let salts: SaltTree
    let runKey: SigningKey
    /// The operator's key, else the run's.
    let sealingKey: SigningKey
    let archive: ContainerWriter
    let fileHash: FileHash
    let folder: SpoolFolder
    let budget: SpoolBudget
    let room = Room()
    let gate = PublishGate()
    let clock: BundleClock
    let options: Options

    var paths = EntryPathAllocator()
    var tree = MerkleAccumulator()
    var chain = CustodyChain()
    var index: LineSpool
    var ledger: LineSpool
    var custodyLog: LineSpool
    /// What the tagmanifest will list.
    var tags: [ManifestLine] = []
    var counts = SealedBundle.Counts()
    /// Size of the manifest to come, in bytes.
    var manifestSize: UInt64 = 0
    var trail: CheckpointTrail
    /// Entries that are not in the archive yet.
    var open: [UInt64: EntryWriter] = [:]
    /// Lines that the ledger will have, and has not yet.
    var expectedLines: UInt64 = 0
    private var nextSpool: UInt64 = 1

    private var phase = Phase.open
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var timer: Task<Void, Never>?

    private enum Phase {
        case open, sealing, closed
        case failed(BundleError)
    }

    /// Creates the file and writes the opening of the bundle.
    ///
    /// - Parameters:
    ///   - opening: what the bundle says of itself; its `key` is set here, to that of a key made for this run.
    ///   - outputPath: where the sealed bundle is to be. Nothing may be there, nor at `outputPath.partial`.
    ///   - operatorKey: certifies the run's key now and signs the seal later; without one the run's key does both.
    /// - Throws: `exists`, `writeFailed`, `noSpace`, `signingFailed`.
    public init(
        opening: OpeningRecord, outputPath: String, options: Options = Options(),
        operatorKey: consuming SSHPrivateKey? = nil
    ) async throws {
        try Self.checkFree(outputPath)
        self.options = options
        self.outputPath = outputPath
        partialPath = outputPath + ".partial"
        let hash = FileHash()
        fileHash = hash
        let spools = SpoolFolder(path: outputPath + ".partial.d")
        folder = spools
        budget = SpoolBudget(bytes: options.spoolMemory)
        clock = BundleClock(origin: opening.started.boottime)
        index = LineSpool(name: "index", folder: spools)
        ledger = LineSpool(name: "ledger", folder: spools)
        custodyLog = LineSpool(name: "custody", folder: spools)
        let record: OpeningRecord
        do {
            let key = SigningKey(try SSHPrivateKey.generateEd25519(comment: "exhibit run key"))
            if let operatorKey {
                sealingKey = SigningKey(operatorKey)
            } else {
                sealingKey = key
            }
            var opened = opening
            opened.key = OpeningRecord.RunKey(
                type: key.publicKey.algorithm.rawValue, public: key.publicKey.authorizedKeysLine())
            record = opened
            runKey = key
            salts = SaltTree(seed: SHA256Digest(bytes: try SecureRandom.bytes(SHA256Digest.count)) ?? .zero)
            archive = ContainerWriter(
                output: try OutputFile(creating: outputPath + ".partial"), container: options.container,
                options: ContainerOptions(level: options.level), tap: { hash.update($0) })
        } catch {
            throw BundleError(wrapping: error, doing: "creating the bundle", subject: outputPath)
        }
        self.opening = record
        trail = CheckpointTrail(bundle: record.bundle)
        do {
            try await writeOpening()
            try await holdFirstRoom()
        } catch {
            // Nothing was captured: what is there is of no use to anybody.
            folder.removeAll()
            FileStatus.remove(partialPath)
            throw error
        }
        startTimer()
    }

    deinit {
        timer?.cancel()
    }

    // MARK: Capturing

    /// Adds the definition of a collector, as it was used.
    public func definition(name: String, bytes: [UInt8]) async throws {
        try checkOpen()
        let allocation = paths.allocate(
            [Array("meta".utf8), Array("definitions".utf8), Array(name.utf8)], attempt: 0)
        try await guarded {
            try await self.exclusively {
                try await self.place(allocation.path, bytes, media: "application/yaml", segmentation: .lines)
            }
        }
    }

    /// Opens an entry below `data/`.
    ///
    /// - Parameters:
    ///   - path: names as the cluster, container or host gave them, the first of them `data`. They are escaped and
    ///     made unique.
    ///   - media: media type, a hint for readers.
    ///   - attempt: the ledger attempt that makes it; 0 for the run itself.
    ///   - size: how many bytes to expect, if that is known. It is not relied on.
    public func entry(
        path: [[UInt8]], media: String, segments: Segmentation, attempt: Int, size: UInt64? = nil
    ) async throws -> EntryWriter {
        try checkOpen()
        guard path.count > 1, path[0].elementsEqual("data".utf8) else {
            throw BundleError(
                code: .writeFailed, doing: "opening an entry", reason: "its path is not below data/",
                advice: "this is a mistake in the program; please report it")
        }
        let writer = EntryWriter(
            allocation: paths.allocate(path, attempt: attempt), media: media, segmentation: segments, attempt: attempt,
            number: nextSpool, salts: salts, bundle: self, folder: folder, budget: budget, room: room)
        open[nextSpool] = writer
        nextSpool += 1
        return writer
    }

    /// Puts down how an attempt ended.
    public func record(_ line: LedgerLine) async throws {
        try checkOpen()
        let bytes = line.encoded()
        try await guarded {
            guard bytes.count <= FormatLimits.ledgerLine else {
                throw BundleError(
                    code: .tooLarge, doing: "writing a ledger line", subject: "attempt \(line.attempt)",
                    reason: "it has \(bytes.count) bytes, more than \(FormatLimits.ledgerLine)",
                    advice: "let the attempt make fewer entries")
            }
            try self.ledger.append(bytes)
            self.expectedLines -= self.expectedLines > 0 ? 1 : 0
            self.trail.ledger.append(bytes)
            try await self.checkpointIfDue()
        }
    }

    /// Puts down what is about to be done to the target. It is on its way to the disk when this returns.
    ///
    /// - Parameters:
    ///   - action: one of ``CustodyLine/Action``, or a new one.
    ///   - time: wall time in nanoseconds since 1970-01-01 UTC.
    ///   - monotonic: nanoseconds of the boot clock since the run started.
    public func custody(
        action: String, target: Target = Target(), detail: JSONObject = [:], attempt: Int = 0, time: Int64,
        monotonic: Int64
    ) async throws {
        try checkOpen()
        try await guarded {
            try self.appendCustody(
                CustodyLine.Action(rawValue: action), target: target, detail: detail, attempt: attempt, time: time,
                monotonic: monotonic)
        }
    }

    /// Gives the bundle up. The partial file and its spools stay as they are.
    public func abort() async {
        timer?.cancel()
        if case .open = phase { phase = .closed }
        open = [:]
    }

    /// Makes sure that the bundle will not be sealed any more, so that the program can end at once: from any thread, and
    /// without waiting. `NAME.partial` and its spools stay as they are.
    ///
    /// - Returns: false when it is sealed already.
    public nonisolated func giveUp() -> Bool {
        gate.giveUp()
    }

    // MARK: What entry writers call

    func add(_ entry: EntryWriter, _ digest: ContentDigest, _ content: StoredContent) async throws -> EntryReceipt {
        try checkOpen()
        return try await guarded {
            try await self.exclusively {
                let offset = try await self.place(entry.path, content)
                try self.note(
                    entry.path, media: entry.media, segmentation: entry.segmentation, attempt: entry.attempt, digest,
                    offset: offset)
                self.retire(entry)
            }
            try await self.checkpointIfDue()
            return EntryReceipt(
                path: entry.path, size: digest.size, sha256: digest.sha256, sourceNames: entry.sourceNames)
        }
    }

    func drop(_ entry: EntryWriter) {
        retire(entry)
    }

    /// Its file is named in the last checkpoint perhaps, and what replaces it not synced yet.
    private func retire(_ entry: EntryWriter) {
        if open.removeValue(forKey: entry.number) != nil { trail.retired.append(String(entry.number)) }
    }

    // MARK: State

    private func checkOpen() throws {
        switch phase {
        case .open: return
        case .failed(let error): throw error
        case .sealing, .closed:
            throw BundleError(
                code: .closed, doing: "writing the bundle", subject: outputPath, reason: "it is sealed or was given up")
        }
    }

    /// From here on nothing more comes in.
    func beginSealing() throws {
        try checkOpen()
        phase = .sealing
        timer?.cancel()
    }

    func endSealing() {
        phase = .closed
    }

    /// Runs `body`; when it fails, so does everything after it, with the same error.
    func guarded<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            let failure = await failure(error)
            phase = .failed(failure)
            timer?.cancel()
            throw failure
        }
    }

    private func failure(_ error: any Error) async -> BundleError {
        let failure = BundleError(wrapping: error, doing: "writing the bundle", subject: outputPath)
        guard failure.onDisk == nil else { return failure }
        let written = await archive.written
        let kept =
            counts.checkpoints == 0
            ? "no checkpoint was written yet" : "it is recoverable up to checkpoint \(counts.checkpoints)"
        return failure.leaving("\(partialPath) is kept, \(written) bytes long; \(kept)")
    }

    /// Runs `body` when no other entry is being written. Those that wait take turns in the order they came.
    func exclusively<Result>(_ body: () async throws -> Result) async throws -> Result {
        if isBusy {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            isBusy = true
        }
        defer {
            if waiting.isEmpty {
                isBusy = false
            } else {
                waiting.removeFirst().resume()
            }
        }
        // Whoever had the turn before may have failed.
        if case .failed(let error) = phase { throw error }
        return try await body()
    }

    private static func checkFree(_ path: String) throws(BundleError) {
        for name in [path, path + ".sha256", path + ".partial.d"] where FileStatus.exists(name) {
            throw BundleError(
                code: .exists, doing: "creating the bundle", subject: name, reason: "there is something with this name",
                advice: "choose another name or move it away; nothing is ever replaced")
        }
    }

    private func startTimer() {
        let interval = options.checkpointInterval
        timer = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                await self?.checkpointByTimer()
            }
        }
    }

    private func checkpointByTimer() async {
        guard case .open = phase else { return }
        // A failure stays in `phase`, where the next call finds it.
        try? await guarded { try await self.checkpointIfDue() }
    }
}
