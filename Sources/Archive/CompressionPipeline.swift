import Synchronization

/// Compresses frames in parallel and gives them back in the order they came.
///
/// Job *n* uses slot *n* modulo the number of slots, and no more jobs are under way than there are slots, so a context
/// is never waited for. The order needs no buffer: the oldest job is awaited first.
struct CompressionPipeline: ~Copyable {
    /// One frame done.
    struct Frame: Sendable {
        var bytes: [UInt8]
        var contentBytes: Int
    }

    private final class Slot: Sendable {
        let compressor: Mutex<Compressor>

        init(level: Int) throws(ArchiveError) {
            compressor = Mutex(try Compressor(level: level))
        }
    }

    private typealias Job = Task<Result<Frame, ArchiveError>, Never>

    private let level: Int
    private let width: Int
    private var slots: [Slot] = []
    private var jobs: [Job] = []
    private var started = 0

    init(level: Int, workers: Int) {
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

    /// Starts to compress `content`. Not when `isFull`.
    mutating func start(_ content: [UInt8]) throws(ArchiveError) {
        let index = started % width
        if index == slots.count { slots.append(try Slot(level: level)) }
        started += 1
        let slot = slots[index]
        jobs.append(
            Task.detached { () -> Result<Frame, ArchiveError> in
                slot.compressor.withLock { compressor in
                    Result { () throws(ArchiveError) in
                        Frame(bytes: try compressor.compress(content), contentBytes: content.count)
                    }
                }
            })
    }

    /// Takes the oldest job out of the queue. Not when `isEmpty`.
    mutating func removeOldest() -> Task<Result<Frame, ArchiveError>, Never> {
        jobs.removeFirst()
    }
}
