internal import Bundle
internal import Collection
internal import Dispatch
internal import Glibc
internal import Programs
internal import Synchronization
internal import Terminal

/// Ends a run early when it must: the operator's signal, the deadline.
final class RunWatch: Sendable {
    private let engine: CaptureEngine
    private let writer: BundleWriter
    private let progress: LiveProgress
    private let interrupts = Mutex(0)
    private let isSealing = Atomic(false)
    /// Of its own: signals must come through when every other thread is busy.
    private let queue = DispatchQueue(label: "exhibit.signals")

    init(engine: CaptureEngine, writer: BundleWriter, progress: LiveProgress) {
        self.engine = engine
        self.writer = writer
        self.progress = progress
    }

    /// Runs `body` under watch; at `end` the capture is cut off.
    func during<Result>(until end: ContinuousClock.Instant, _ body: () async throws -> Result) async throws -> Result {
        let sources = listen()
        let timer = Task { [engine, self] in
            try await Task.sleep(until: end, clock: .continuous)
            if !isSealing.load(ordering: .relaxed) { engine.stop(.deadline) }
        }
        defer {
            timer.cancel()
            for source in sources { source.cancel() }
        }
        return try await body()
    }

    /// The capture is over: from here on a signal can only cut the waiting for time stamps short, or give the bundle up.
    func beginSealing() {
        isSealing.store(true, ordering: .relaxed)
    }

    private func listen() -> [any DispatchSourceSignal] {
        // Both are errors of the write that they interrupt.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
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
        let isSealing = isSealing.load(ordering: .relaxed)
        if count == 1, !isSealing {
            progress.log("interrupted (once more to give the bundle up)", .warning)
            engine.stop(.interrupted)
        } else if writer.skipTimestamps() {
            progress.log("not waiting for time stamps any more (once more to give the bundle up)", .warning)
        } else if count == 1 {
            progress.log("the bundle is being sealed (once more to give it up)", .warning)
        } else if writer.giveUp() {
            progress.finish()
            // The bundle stays as NAME.partial; nothing more is promised about it.
            LivePrograms.killAll()
            _exit(ExitStatus.interrupted.rawValue)
        }
    }
}
