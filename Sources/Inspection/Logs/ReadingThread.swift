internal import Glibc
internal import SQLite
internal import Synchronization

/// A thread that runs one task and those below it, which may block each other but nobody else. It ends with the executor.
// why: what changes is behind `mutex`, which a condition variable needs as it is.
final class ReadingThread: TaskExecutor, @unchecked Sendable {
    /// What the thread looks at, which may outlive the executor.
    // why: what changes is behind `mutex`.
    private final class Work: @unchecked Sendable {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var jobs: [UnownedJob] = []
        var isOver = false

        init() {
            mutex.initialize(to: pthread_mutex_t())
            changed.initialize(to: pthread_cond_t())
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(changed, nil)
        }

        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }

        func next() -> UnownedJob? {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while jobs.isEmpty, !isOver { pthread_cond_wait(changed, mutex) }
            return jobs.isEmpty ? nil : jobs.removeFirst()
        }

        func change(_ body: (Work) -> Void) {
            pthread_mutex_lock(mutex)
            body(self)
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
    }

    private let work: Work

    init() throws(SQLError) {
        let work = Work()
        self.work = work
        let start = Unmanaged.passRetained(Start(work))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                start.run()
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

    private final class Start {
        private let work: Work
        /// Only to say whose jobs they are; it keeps nothing alive.
        private let executor: ThreadName

        init(_ work: Work) {
            self.work = work
            executor = ThreadName()
        }

        func run() {
            while let job = work.next() { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
        }
    }

    /// Stands for the thread while a job of it runs: what a job goes on with comes back by the executor that the task prefers.
    private final class ThreadName: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
