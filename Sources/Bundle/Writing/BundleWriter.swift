public import Archive
public import BundleFormat
public import Cryptography

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
        /// How large the bundle's file may become, in bytes; nil for any size. What might not fit is not accepted, even if it
        /// would compress: the bundle is somewhat smaller. Spools are beside it.
        public var maxBytes: UInt64?
        /// What all open spools together hold in memory, in bytes.
        public var spoolMemory = 16 << 20
        /// A checkpoint is due after so many bytes of tar, or so much time, whichever comes first.
        public var checkpointBytes: UInt64 = 64 << 20
        public var checkpointInterval = Duration.seconds(10)
        /// From the first checkpoint to the second; the intervals then double up to the one above. A capture that is killed
        /// in its first seconds would lose all of them otherwise.
        public var firstCheckpointInterval = Duration.seconds(1)
        /// Who can open the bundle, which is then an age file, and what is beside it until it is sealed: everybody when
        /// there are none. A passphrase must be the only one.
        public var recipients: [AgeRecipient] = []

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
    /// Nil when a bundle is recovered: the key went with its run.
    let runKey: SSHSigner?
    nonisolated let signing: SealSigning
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
    /// What attempts under way will need in the ledger for the entries they made, by number.
    var mentions: [Int: UInt64] = [:]
    private var nextSpool: UInt64 = 1

    var isNameSynced = true
    private var phase = Phase.open
    /// Who writes into the archive, and who asks for room.
    private var writing = Turns()
    var asking = Turns()
    private var timer: Task<Void, Never>?

    private enum Phase {
        case open, sealing, closed
        case failed(BundleError)
    }

    /// Whether it goes to a descriptor: then there is no name to give, and nothing to recover.
    public nonisolated let isStream: Bool

    /// Creates the file, if it is one, and writes the opening of the bundle.
    ///
    /// - Parameters:
    ///   - opening: what the bundle says of itself; its `key` is set here, to that of a key made for this run.
    ///   - output: where the bundle goes.
    ///   - signers: sign the seal later, in this order; the first SSH key among them certifies the run's key now. Without
    ///     any, the run's key does both; without an SSH key, it certifies itself.
    ///   - timestamps: where to get time stamps over these signatures.
    ///   - patience: for an agent that certifies the run's key, if that is less than it usually may take.
    /// - Throws: `exists`, `writeFailed`, `noSpace`, `signingFailed`.
    public init(
        opening: OpeningRecord, output: Output, options: Options = Options(), signers: [SealSigner] = [],
        timestamps: TimestampTaker? = nil, patience: Duration? = nil
    ) async throws {
        let outputPath: String, spools: String, isStream: Bool
        switch output {
        case .file(let path):
            (outputPath, spools, isStream) = (path, path + ".partial.d", false)
            try Self.checkFree(path)
        case .stream(_, let folder):
            (outputPath, isStream) = (Self.streamName, true)
            spools = "\(folder)/exhibit-\(opening.bundle).spools"
        }
        do {
            let runKey = SSHSigner(try SSHPrivateKey.generateEd25519(comment: "exhibit run key"))
            var opening = opening
            opening.key = OpeningRecord.RunKey(
                type: runKey.publicKey.algorithm.rawValue, public: runKey.publicKey.authorizedKeysLine())
            let encryption = try BundleEncryption(recipients: options.recipients)
            opening.recipients = options.recipients.map(\.description)
            let seed = SHA256Digest(bytes: try SecureRandom.bytes(SHA256Digest.count)) ?? .zero
            self.init(
                opening: opening, salts: SaltTree(seed: seed), file: try Self.open(output), spools: spools,
                isStream: isStream, outputPath: outputPath, options: options,
                clock: BundleClock(origin: opening.started.boottime),
                runKey: runKey, signing: SealSigning(signers: signers, ownKey: runKey, timestamps: timestamps),
                encryption: encryption)
        } catch {
            throw BundleError(wrapping: error, doing: "creating the bundle", subject: outputPath)
        }
        do {
            try await writeOpening(patience)
            try await holdFirstRoom()
            try await firstCheckpoint()
        } catch {
            // Nothing was captured: what is there is of no use to anybody.
            folder.removeAll()
            if !isStream { FileStatus.remove(partialPath) }
            throw BundleError(wrapping: error, doing: "creating the bundle", subject: outputPath)
        }
        startTimer()
    }

    /// A writer of which nothing is in the file yet.
    ///
    /// - Parameters:
    ///   - file: where the bundle is until it gets its name.
    ///   - spools: the spool folder; nil for the path of the file and `.d`.
    init(
        opening: OpeningRecord, salts: SaltTree, file: consuming sending OutputFile, spools: String? = nil,
        isStream: Bool = false, outputPath: String, options: Options,
        clock: BundleClock, runKey: SSHSigner?, signing: SealSigning, encryption: BundleEncryption?
    ) {
        let spools = SpoolFolder(path: spools ?? file.name + ".d", encryption: encryption?.spools)
        self.isStream = isStream
        encryption?.archive.keepTail(in: spools)
        let hash = FileHash()
        self.options = options
        self.outputPath = outputPath
        self.opening = opening
        self.salts = salts
        self.clock = clock
        self.runKey = runKey
        self.signing = signing
        partialPath = file.name
        folder = spools
        fileHash = hash
        budget = SpoolBudget(bytes: options.spoolMemory)
        index = LineSpool(name: "index", folder: spools)
        ledger = LineSpool(name: "ledger", folder: spools)
        custodyLog = LineSpool(name: "custody", folder: spools)
        trail = CheckpointTrail(bundle: opening.bundle)
        var file = file
        file.maximum = options.maxBytes ?? .max
        archive = ContainerWriter(
            output: file, container: options.container, options: ContainerOptions(level: options.level),
            transform: encryption?.archive, tap: { hash.update($0) })
    }

    deinit {
        timer?.cancel()
    }

    // MARK: Capturing

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
        let allocation = paths.allocate(path, attempt: attempt)
        let cost = EntryCost(allocation, media: media, folder: opening.folder)
        try await takeRoom(cost.sum)
        let writer = EntryWriter(
            allocation: allocation, media: media, segmentation: segments, attempt: attempt, cost: cost,
            number: nextSpool, salts: salts, bundle: self, folder: folder, budget: budget, room: room)
        open[nextSpool] = writer
        nextSpool += 1
        return writer
    }

    /// Gives the bundle up. The partial file and its spools stay as they are.
    public func abort() async {
        timer?.cancel()
        if case .open = phase { phase = .closed }
        open = [:]
        if isStream { folder.removeAll() }
    }

    /// Makes sure that the bundle will not be sealed any more, so that the program can end at once: from any thread, and
    /// without waiting. `NAME.partial` and its spools stay as they are.
    ///
    /// - Returns: false when it is sealed already.
    public nonisolated func giveUp() -> Bool {
        guard gate.giveUp() else { return false }
        if isStream { folder.removeAll() }
        return true
    }

    // MARK: What entry writers call

    func add(_ entry: EntryWriter, _ digest: ContentDigest, _ content: StoredContent) async throws -> EntryReceipt {
        try checkOpen()
        return try await guarded {
            try await self.exclusively {
                let offset = try await self.place(entry.path, content, from: self.room)
                try self.note(
                    entry.path, media: entry.media, segmentation: entry.segmentation, attempt: entry.attempt, digest,
                    offset: offset)
                self.open[entry.number] = nil
                self.mentions[entry.attempt, default: 0] += entry.cost.mention
            }
            return EntryReceipt(
                path: entry.path, size: digest.size, sha256: digest.sha256, sourceNames: entry.sourceNames)
        }
    }

    /// - Parameter spool: the name of its file. The last checkpoint names it perhaps, so the next one removes it.
    func drop(_ entry: EntryWriter, spool: String?) {
        open[entry.number] = nil
        if let spool { trail.retired.append(spool) }
    }

    // MARK: State

    var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    func checkOpen() throws {
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
            if isStream { folder.removeAll() }
            throw failure
        }
    }

    private func failure(_ error: any Error) async -> BundleError {
        let failure = BundleError(wrapping: error, doing: "writing the bundle", subject: outputPath)
        guard failure.onDisk == nil else { return failure }
        if isStream { return failure.leaving("what was written to \(outputPath) is no bundle") }
        let written = await archive.written
        let kept =
            counts.checkpoints == 0
            ? "no checkpoint was written yet" : "it is recoverable up to checkpoint \(counts.checkpoints)"
        return failure.leaving("\(partialPath) is kept, \(written) bytes long; \(kept)")
    }

    /// Runs `body` when no other entry is being written. Those that wait take turns in the order they came.
    func exclusively<Result>(_ body: () async throws -> Result) async throws -> Result {
        if !writing.begin() { await withCheckedContinuation { writing.wait($0) } }
        defer { writing.end() }
        // Whoever had the turn before may have failed.
        if case .failed(let error) = phase { throw error }
        return try await body()
    }

    private func startTimer() {
        let pulse = min(options.checkpointInterval, options.firstCheckpointInterval)
        timer = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: pulse)
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
