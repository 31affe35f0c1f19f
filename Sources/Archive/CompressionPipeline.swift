import Synchronization

/// What one job made: bytes for the file, and the frames or members in them.
struct CompressedJob: Sendable {
    /// One frame or member: its size in the file, and that of its content.
    struct Part: Sendable {
        var bytes: Int
        var contentBytes: Int
    }

    var bytes: [UInt8]
    var parts: [Part]
}

/// Compresses in parallel and gives the results back in the order their content came.
///
/// Job *n* uses slot *n* modulo the number of slots, and no more jobs are under way than there are slots, so a context
/// is never waited for. The order needs no buffer: the oldest job is awaited first.
struct CompressionPipeline: ~Copyable {
    typealias Job = Task<Result<CompressedJob, ArchiveError>, Never>

    private let container: Container
    private let level: Int
    private let width: Int
    private var slots: [any CompressionSlot] = []
    private var jobs: [Job] = []
    private var started = 0
    private let spare = SpareFrame()

    init(container: Container, level: Int, workers: Int) {
        self.container = container
        self.level = level
        // One more than there are workers, so that none is idle while the oldest frame is being written.
        width = workers + 1
    }

    deinit {
        for job in jobs { job.cancel() }
    }

    /// True when the oldest job must be awaited before another can start.
    var isFull: Bool { jobs.count == width }
    var isEmpty: Bool { jobs.isEmpty }

    /// Empty, with the memory of a frame that was compressed, if there is one.
    func emptyFrame() -> [UInt8] { spare.take() }

    /// Starts to compress `content`. Not when `isFull`.
    mutating func start(_ content: [UInt8]) throws(ArchiveError) {
        let index = started % width
        if index == slots.count { slots.append(try makeSlot()) }
        started += 1
        let slot = slots[index]
        jobs.append(
            Task.detached { [spare] () -> Result<CompressedJob, ArchiveError> in
                defer { spare.put(content) }
                return Result { () throws(ArchiveError) in try slot.compress(content) }
            })
    }

    /// Takes the oldest job out of the queue. Not when `isEmpty`.
    mutating func removeOldest() -> Job {
        jobs.removeFirst()
    }

    private func makeSlot() throws(ArchiveError) -> any CompressionSlot {
        switch container {
        case .tarGz: try MemberSlot(level: level)
        case .tar, .tarZstd: try FrameSlot(level: level)
        }
    }
}

/// The memory of one frame that was compressed, for the next: fresh memory costs as much as what is put into it.
private final class SpareFrame: Sendable {
    private let frame = Mutex<[UInt8]>([])

    func put(_ content: [UInt8]) { frame.withLock { $0 = content } }

    func take() -> [UInt8] {
        var taken: [UInt8] = []
        frame.withLock { swap(&$0, &taken) }
        taken.removeAll(keepingCapacity: true)
        return taken
    }
}

/// Holds a compression context.
private protocol CompressionSlot: Sendable {
    func compress(_ content: [UInt8]) throws(ArchiveError) -> CompressedJob
}

/// Makes one zstd frame.
private final class FrameSlot: CompressionSlot {
    private let compressor: Mutex<Compressor>

    init(level: Int) throws(ArchiveError) {
        compressor = Mutex(try Compressor(level: level))
    }

    func compress(_ content: [UInt8]) throws(ArchiveError) -> CompressedJob {
        try compressor.withLock { compressor in
            Result { () throws(ArchiveError) in
                let bytes = try compressor.compress(content[...])
                return CompressedJob(
                    bytes: bytes, parts: [CompressedJob.Part(bytes: bytes.count, contentBytes: content.count)])
            }
        }.get()
    }
}

/// Makes gzip members.
private final class MemberSlot: CompressionSlot {
    private let compressor: Mutex<MemberCompressor>

    init(level: Int) throws(ArchiveError) {
        compressor = Mutex(try MemberCompressor(level: level))
    }

    func compress(_ content: [UInt8]) -> CompressedJob {
        compressor.withLock { $0.compress(content) }
    }
}
