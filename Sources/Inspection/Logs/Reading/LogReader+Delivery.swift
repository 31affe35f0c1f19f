internal import Synchronization

extension LogReader {
    /// As ``read(_:)``, in chunks to somebody who may let it wait: the lines with their LF, as they follow each other. What is read
    /// ahead meanwhile is less than 1 MiB.
    ///
    /// The log is read on a thread of its own, which waits, too. It ends when `body` throws or the task is cancelled.
    ///
    /// - Throws: what ``read(_:)`` throws, and what `body` throws.
    package func deliver(_ body: ([UInt8]) async throws -> Void) async throws -> LogReadReport {
        let pipe = ChunkPipe()
        let reader = alone
        let reading = Task.detached(executorPreference: try ReadingThread()) {
            let chunk = Mutex<[UInt8]>([])
            do {
                let report = try await reader.read { piece in
                    try chunk.withLock { chunk in
                        chunk += piece.bytes
                        if piece.hasLineEnd { chunk.append(0x0A) }
                        guard chunk.count >= Self.chunkBytes else { return }
                        try pipe.send(chunk)
                        chunk.removeAll(keepingCapacity: true)
                    }
                }
                let rest = chunk.withLock { $0 }
                if !rest.isEmpty { try pipe.send(rest) }
                pipe.finish(.success(report))
            } catch {
                pipe.finish(.failure(error))
            }
        }
        do {
            var report: LogReadReport?
            while report == nil {
                switch try await pipe.next() {
                case .chunk(let chunk): try await body(chunk)
                case .end(let whole): report = whole
                }
            }
            return report ?? LogReadReport()
        } catch {
            pipe.close()
            reading.cancel()
            // It counts as one that is under way until it has ended.
            await reading.value
            throw error
        }
    }

    private static let chunkBytes = 64 << 10
}
