internal import Collection
internal import Dispatch
internal import LinuxHost
internal import Synchronization

/// Runs readers that block (procfs, file systems that may hang) away from the threads of Swift's tasks, so that a stuck read
/// costs its own attempt and nothing else.
enum BlockingReader {
    private static let chunkBytes = 64 << 10
    private static let chunksAhead = 8

    /// Runs a blocking piece of work on a thread of its own.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try work() })
            }
        }
    }

    /// What a reader hands its records to. Used on the reader's thread only.
    final class Output {
        fileprivate var buffer: [UInt8] = []
        private let send: ([UInt8]) throws -> Void

        fileprivate init(send: @escaping ([UInt8]) throws -> Void) {
            self.send = send
        }

        /// Appends records by `body`; full chunks go on to the bundle, waiting for it when it is slower.
        func append(_ body: (inout [UInt8]) -> Void) throws {
            body(&buffer)
            if buffer.count >= chunkBytes { try flush() }
        }

        fileprivate func flush() throws {
            guard !buffer.isEmpty else { return }
            try send(buffer)
            buffer.removeAll(keepingCapacity: true)
        }
    }

    /// Streams what a blocking reader hands out into an entry, with bounded memory.
    static func stream<Value: Sendable>(
        into entry: EvidenceEntry, _ reader: @escaping @Sendable (Output) throws -> Value
    ) async throws -> Value {
        let (chunks, feed) = AsyncStream<[UInt8]>.makeStream()
        let room = DispatchSemaphore(value: chunksAhead)
        let over = Ending()
        async let value: Value = run {
            defer { feed.finish() }
            let output = Output { chunk in
                room.wait()
                if over.isSet { throw CancellationError() }
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
        return try await value
    }

    /// Set once when nobody takes chunks any more.
    private final class Ending: Sendable {
        private let flag = Mutex(false)

        var isSet: Bool { flag.withLock { $0 } }
        func set() { flag.withLock { $0 = true } }
    }
}
