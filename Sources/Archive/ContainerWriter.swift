/// Writes a tar stream into a container file, once, from front to back.
///
/// Frames, or gzip members by the megabyte, are compressed on other cores while bytes arrive. Memory is bounded by
/// `workers` + 3 frames and what they compress to. The output is never sought in, so it may be a pipe. Calls that overlap take turns in the order they
/// came. After a failure every call fails with the same error.
public actor ContainerWriter {
    private let container: Container
    private let frameBytes: Int
    private let transform: (any OutputTransform)?
    private let tap: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    private var output: OutputFile?
    private var frame: [UInt8] = []
    private var pipeline: CompressionPipeline
    private var tail: TailBuilder
    private var failure: ArchiveError?
    /// Whether ``reserve(_:)`` was last refused because of the output's own maximum, and not by the disk.
    public private(set) var isAtMaximum = false
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Tar offset in bytes: what has been accepted so far.
    public private(set) var position: UInt64 = 0
    /// How much of that the kernel has accepted, in whatever form.
    private var contentWritten: UInt64 = 0
    /// How much of it is yet to be compressed or written, so that what it takes in the file is not known.
    public var pending: UInt64 { position - contentWritten }

    /// A writer to `output`.
    ///
    /// - Parameters:
    ///   - output: where the container goes; closed by `finish`.
    ///   - container: how the stream is stored.
    ///   - options: level, frame size and workers; irrelevant for `.tar`, except the frame size, which is its buffer.
    ///   - transform: what the bytes of the container go through on their way into the file.
    ///   - tap: is shown every byte of the file in order, for a digest of it.
    public init(
        output: consuming OutputFile, container: Container, options: ContainerOptions = ContainerOptions(),
        transform: (any OutputTransform)? = nil, tap: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) {
        self.output = consume output
        self.container = container
        self.transform = transform
        self.tap = tap
        tail = TailBuilder(container)
        frameBytes = container.jobBytes(frameBytes: options.frameBytes)
        pipeline = CompressionPipeline(
            container: container, level: container.level(options.level), workers: options.workers)
    }

    /// Bytes of the container file that the kernel has accepted.
    public var written: UInt64 { output?.written ?? finishedBytes }
    private var finishedBytes: UInt64 = 0

    /// Appends to the tar stream. Small pieces are gathered to frames; no piece needs to be a multiple of anything.
    public func write(_ bytes: [UInt8]) async throws(ArchiveError) {
        try await write(bytes[...])
    }

    /// Appends to the tar stream.
    public func write(_ bytes: ArraySlice<UInt8>) async throws(ArchiveError) {
        await takeTurn()
        defer { endTurn() }
        try checkUsable()
        var rest = bytes
        while !rest.isEmpty {
            if frame.isEmpty, frame.capacity < frameBytes {
                frame = pipeline.emptyFrame()
                frame.reserveCapacity(frameBytes)
            }
            let piece = rest.prefix(frameBytes - frame.count)
            frame += piece
            rest = rest.dropFirst(piece.count)
            position += UInt64(piece.count)
            if frame.count == frameBytes { try await endFrame() }
        }
    }

    /// Ends the frame and hands everything to the kernel; with `sync`, also to the disk. What was accepted before can
    /// then be read back even if nothing more is ever written.
    ///
    /// - Returns: false when that cannot be said of the last bytes, because there was no room for what a transform holds
    ///   back.
    @discardableResult
    public func flush(sync: Bool) async throws(ArchiveError) -> Bool {
        await takeTurn()
        defer { endTurn() }
        try checkUsable()
        try await drain()
        if sync { try perform { output throws(ArchiveError) in try output.sync() } }
        guard let transform else { return true }
        do {
            return try transform.keep(sync: sync)
        } catch {
            throw fail(error)
        }
    }

    /// Takes hold of room on the disk for `bytes` more of the tar stream, whatever they compress to, and for the
    /// container's own end.
    ///
    /// - Returns: false when there is not so much room; what was held before stays held.
    public func reserve(_ bytes: UInt64) async throws(ArchiveError) -> Bool {
        await takeTurn()
        defer { endTurn() }
        try checkUsable()
        let content = pending + bytes
        // What does not compress grows by less than a 256th; every frame may be a short one.
        let parts = content / UInt64(frameBytes) + 2
        let rest = content + content / 256 + parts * 1_024 + tail.bytes + 4_096
        let end = written + (transform?.room(for: rest) ?? rest)
        var isHeld = false, isTooLarge = false
        try perform { output throws(ArchiveError) in
            isHeld = try output.reserve(upTo: end)
            isTooLarge = end > output.maximum
        }
        isAtMaximum = isTooLarge
        return isHeld
    }

    /// Writes the rest, locator and table, syncs and closes. The caller has written the end marker and renames.
    ///
    /// - Throws: `misuse` when the locator's length is not `position`.
    public func finish(locator: Locator) async throws(ArchiveError) {
        await takeTurn()
        defer { endTurn() }
        try checkUsable()
        guard locator.tarLength == position else {
            throw ArchiveError(
                .misuse, doing: "finishing", subject: output?.name ?? "",
                reason: "the locator says \(locator.tarLength) bytes of tar, \(position) were written")
        }
        try await drain()
        try emit(tail.encoded(locator))
        if let transform {
            do {
                try put(try transform.finish())
            } catch {
                throw fail(error)
            }
        }
        try perform { output throws(ArchiveError) in
            output.releaseReserve()
            try output.sync()
        }
        finishedBytes = written
        do {
            try output.take()?.close()
        } catch {
            failure = error
            throw error
        }
    }

    // MARK: Frames

    private func drain() async throws(ArchiveError) {
        try await endFrame()
        while !pipeline.isEmpty { try await writeOldest() }
    }

    private func endFrame() async throws(ArchiveError) {
        guard !frame.isEmpty else { return }
        switch container {
        case .tar:
            try emit(frame)
            contentWritten += UInt64(frame.count)
            frame.removeAll(keepingCapacity: true)
        case .tarZstd, .tarGz:
            if pipeline.isFull { try await writeOldest() }
            let content = frame
            frame = []
            do {
                try pipeline.start(content)
            } catch {
                throw fail(error)
            }
        }
    }

    private func writeOldest() async throws(ArchiveError) {
        switch await pipeline.removeOldest().value {
        case .failure(let error):
            throw fail(error)
        case .success(let job):
            try emit(job.bytes)
            for part in job.parts {
                contentWritten += UInt64(part.contentBytes)
                tail.append(part)
            }
        }
    }

    // MARK: Output

    private func emit(_ bytes: [UInt8]) throws(ArchiveError) {
        guard let transform else { return try put(bytes) }
        do {
            try put(try transform.transform(bytes))
        } catch {
            throw fail(error)
        }
    }

    private func put(_ bytes: [UInt8]) throws(ArchiveError) {
        try perform { output throws(ArchiveError) in try output.write(bytes) }
        if let tap { bytes.withUnsafeBytes { tap($0) } }
    }

    private func perform(_ action: (inout OutputFile) throws(ArchiveError) -> Void) throws(ArchiveError) {
        do {
            try action(&output!)
        } catch {
            throw fail(error)
        }
    }

    private func fail(_ error: ArchiveError) -> ArchiveError {
        var error = error
        if error.subject.isEmpty { error.subject = output?.name ?? "" }
        error.written = output?.written
        error.synced = output?.synced
        failure = error
        return error
    }

    private func checkUsable() throws(ArchiveError) {
        if let failure { throw failure }
        guard output != nil else {
            throw ArchiveError(.misuse, doing: "writing", reason: "the container is finished")
        }
    }

    // MARK: Turns

    private func takeTurn() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func endTurn() {
        if waiting.isEmpty {
            isBusy = false
        } else {
            // The turn passes on without being free in between.
            waiting.removeFirst().resume()
        }
    }
}
