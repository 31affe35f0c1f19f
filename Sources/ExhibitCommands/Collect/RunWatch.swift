internal import Collection
internal import Dispatch
internal import Glibc
internal import Synchronization
internal import Terminal

/// Ends a run early when it must: the operator's signal, the deadline, a disk that is nearly full.
final class RunWatch: Sendable {
    /// Left for the index, the ledger and what is still being compressed when the disk runs full. What is open and must still
    /// go into the archive comes on top.
    private static let reserve: UInt64 = 48 << 20
    /// On a small disk a quarter of what was free at the beginning is kept back, but no less than this.
    private static let leastReserve: UInt64 = 4 << 20

    private let engine: CaptureEngine
    private let progress: LiveProgress
    private let interrupts = Mutex(0)
    /// Of its own: signals must come through when every other thread is busy.
    private let queue = DispatchQueue(label: "exhibit.signals")

    init(engine: CaptureEngine, progress: LiveProgress) {
        self.engine = engine
        self.progress = progress
    }

    /// Runs `body` under watch.
    func during<Result>(deadline: Duration, output: String, _ body: () async throws -> Result) async throws -> Result {
        let sources = listen()
        let timer = Task { [engine, progress] in
            try await Task.sleep(for: deadline)
            progress.log("deadline of \(Quantity.duration(deadline)) reached: sealing what there is", .warning)
            engine.stop(.deadline)
        }
        let reserve =
            OutputPath.freeBytes(of: output).map { max(Self.leastReserve, min(Self.reserve, $0 / 4)) } ?? Self.reserve
        let space = Task { [engine, progress] in
            while !Task.isCancelled {
                if let free = OutputPath.freeBytes(of: output), free < reserve + engine.openBytes {
                    progress.log("only \(Quantity.bytes(free)) free for the bundle: sealing what there is", .warning)
                    return engine.stop(.diskFull)
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        defer {
            timer.cancel()
            space.cancel()
            for source in sources { source.cancel() }
        }
        return try await body()
    }

    private func listen() -> [any DispatchSourceSignal] {
        signal(SIGPIPE, SIG_IGN)
        return [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in self?.interrupted() }
            source.resume()
            return source
        }
    }

    private func interrupted() {
        let count = interrupts.withLock { count in
            count += 1
            return count
        }
        if count == 1 {
            progress.log("stopping: sealing what there is (once more to give it up)", .warning)
            engine.stop(.interrupted)
        } else {
            progress.finish()
            // The bundle stays as NAME.partial; nothing more is promised about it.
            _exit(ExitStatus.interrupted.rawValue)
        }
    }
}
