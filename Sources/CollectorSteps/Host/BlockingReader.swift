package import Collection
internal import Dispatch
internal import LinuxHost
internal import Synchronization

/// Runs readers that block (procfs, file systems that may hang) away from the threads of Swift's tasks, so that a stuck read
/// costs its own attempt and nothing else.
package enum BlockingReader {
    private static let chunkBytes = 64 << 10
    private static let chunksAhead = 8

    /// Runs a blocking piece of work on a thread of its own. Cancellation reaches it: readers ask `Task.isCancelled`.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let task = Task.detached(executorPreference: BlockingThreads.shared) { try work() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// The same, for what others must not wait for: nil when it takes longer than `limit`. What is stuck is left behind.
    package static func run<Value: Sendable>(
        within limit: Duration, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value? {
        let (values, feed) = AsyncThrowingStream<Value, any Error>.makeStream()
        let reading = Task {
            do {
                feed.yield(try await run(work))
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            feed.finish()
        }
        defer {
            reading.cancel()
            timer.cancel()
        }
        for try await value in values { return value }
        return nil
    }

    /// What a reader hands its records to. Used on the reader's thread only.
    package final class Output {
        fileprivate var buffer: [UInt8] = []
        private let send: ([UInt8]) throws -> Void

        fileprivate init(send: @escaping ([UInt8]) throws -> Void) {
            self.send = send
        }

        /// Appends records by `body`; full chunks go on to the bundle, waiting for it when it is slower.
        package func append(_ body: (inout [UInt8]) -> Void) throws {
            body(&buffer)
            if buffer.count >= chunkBytes { try flush() }
        }

        /// Hands on what there is, for a reader that pauses.
        package func flush() throws {
            guard !buffer.isEmpty else { return }
            try send(buffer)
            buffer.removeAll(keepingCapacity: true)
        }
    }

    /// Streams what a blocking reader hands out into an entry, with bounded memory.
    package static func stream<Value: Sendable>(
        into entry: EvidenceEntry, _ reader: @escaping @Sendable (Output) throws -> Value
    ) async throws -> Value {
        let (chunks, feed) = AsyncStream<[UInt8]>.makeStream()
        // From zero: a semaphore that is released below its first value ends the program (dispatch_semaphore_create(3)).
        let room = DispatchSemaphore(value: 0)
        for _ in 0..<chunksAhead { room.signal() }
        let over = Ending()
        async let value: Value = run {
            defer { feed.finish() }
            let output = Output { chunk in
                if !over.isSet { room.wait() }
                // Also for a reader that goes on after the first refusal.
                guard !over.isSet else { throw CancellationError() }
                feed.yield(chunk)
            }
            let value = try reader(output)
            try output.flush()
            return value
        }
        do {
            try await withTaskCancellationHandler {
                for await chunk in chunks {
                    try await entry.write(chunk)
                    room.signal()
                }
            } onCancel: {
                over.set()
                room.signal()
            }
        } catch {
            over.set()
            room.signal()
            throw error
        }
        // The loop above ends without an error when the task is cancelled, with chunks that nobody took.
        if over.isSet { throw CancellationError() }
        return try await value
    }

    /// Set once when nobody takes chunks any more.
    private final class Ending: Sendable {
        private let flag = Mutex(false)

        var isSet: Bool { flag.withLock { $0 } }
        func set() { flag.withLock { $0 = true } }
    }
}

/// Threads that may be blocked for as long as a file system takes: one for each job.
///
/// A global dispatch queue would not do: on Linux Swift's tasks run on the threads of those, as many as there are cores, and a
/// few stuck readers would stop the run. A serial queue of its own has a thread beyond these.
private final class BlockingThreads: TaskExecutor {
    static let shared = BlockingThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        DispatchQueue(label: "exhibit.blocking-reader").async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
