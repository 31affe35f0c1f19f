internal import Glibc

/// Batches of lines on their way from the task that reads them to the thread that runs a statement, which waits for them.
///
/// A few at a time: who reads faster waits.
// why: all that changes is behind `mutex`, which a condition variable needs as it is.
final class LogPipe: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var batches: [LogBatch] = []
    private var end: Result<Void, any Error>?
    private var isClosed = false

    private static let most = 8

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

    /// Nobody reads any more.
    struct Closed: Error {}

    /// - Throws: ``Closed`` when nobody wants more.
    func send(_ batch: LogBatch) throws {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while batches.count >= Self.most, !isClosed { pthread_cond_wait(changed, mutex) }
        guard !isClosed else { throw Closed() }
        batches.append(batch)
        pthread_cond_broadcast(changed)
    }

    func finish(_ result: Result<Void, any Error>) {
        pthread_mutex_lock(mutex)
        end = result
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// The next batch, waited for; nil at the end.
    ///
    /// - Parameter isOver: asked a few times a second while nothing comes.
    /// - Throws: `CancellationError` when it is over, and what the reading threw.
    func receive(unless isOver: () -> Bool) throws -> LogBatch? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while batches.isEmpty, end == nil {
            guard !isOver() else { throw CancellationError() }
            var until = timespec()
            clock_gettime(CLOCK_REALTIME, &until)
            until.tv_nsec += 200_000_000
            if until.tv_nsec >= 1_000_000_000 {
                until.tv_sec += 1
                until.tv_nsec -= 1_000_000_000
            }
            pthread_cond_timedwait(changed, mutex, &until)
        }
        guard batches.isEmpty else {
            let first = batches.removeFirst()
            pthread_cond_broadcast(changed)
            return first
        }
        try end?.get()
        return nil
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        batches = []
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }
}
