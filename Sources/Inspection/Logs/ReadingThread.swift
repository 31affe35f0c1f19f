internal import Glibc
internal import SQLite

/// A thread, or a few, that run one task and those below it, which may block each other but nobody else. They end with the executor,
/// which the task holds while it runs.
final class ReadingThread: TaskExecutor {
    private struct Work {
        var jobs: [UnownedJob] = []
        var isOver = false
    }

    private let work = Monitor(Work())

    /// - Parameter threads: tasks below the one run on them at the same time.
    init(threads: Int = 1) throws(SQLError) {
        try start()
        // With fewer it takes longer.
        for _ in 1..<max(threads, 1) { guard (try? start()) != nil else { break } }
    }

    private func start() throws(SQLError) {
        let start = Unmanaged.passRetained(Start(self, work))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw SQLError(.other, "there is no thread to be had (error \(status))")
        }
        pthread_detach(thread)
    }

    deinit {
        work.change { $0.isOver = true }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        work.change { $0.jobs.append(job) }
    }

    /// What the thread has of the executor, and does not keep alive.
    private final class Start {
        private weak var executor: ReadingThread?
        private let work: Monitor<Work>

        init(_ executor: ReadingThread, _ work: Monitor<Work>) {
            self.executor = executor
            self.work = work
        }

        func run() {
            while let job = next(), let executor { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
        }

        private func next() -> UnownedJob? {
            try? work.wait { work -> UnownedJob?? in
                guard work.jobs.isEmpty else { return .some(work.jobs.removeFirst()) }
                return work.isOver ? .some(nil) : nil
            }
        }
    }
}
