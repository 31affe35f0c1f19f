public import BundleFormat
internal import Synchronization

/// What a run is doing, for whoever watches: counts, bytes and what is running now.
public final class RunProgress: Sendable {
    /// One attempt under way.
    public struct Running: Sendable, Hashable {
        public var number: Int
        public var label: String
        /// Nanoseconds of the run's monotonic clock.
        public var started: Int64
        public var bytes: UInt64
    }

    public struct Snapshot: Sendable {
        /// Attempts known so far, ended or not.
        public var planned = 0
        public var ended = 0
        public var bytes: UInt64 = 0
        /// In the order in which they started.
        public var running: [Running] = []
        public var states: [AttemptState: Int] = [:]
    }

    private let state = Mutex(Snapshot())

    public init() {}

    public var snapshot: Snapshot { state.withLock { $0 } }

    func plan(_ count: Int) {
        state.withLock { $0.planned += count }
    }

    func start(_ running: Running) {
        state.withLock { $0.running.append(running) }
    }

    func add(bytes: Int, to number: Int) {
        state.withLock { snapshot in
            snapshot.bytes += UInt64(bytes)
            guard let index = snapshot.running.firstIndex(where: { $0.number == number }) else { return }
            snapshot.running[index].bytes += UInt64(bytes)
        }
    }

    func end(_ number: Int, _ end: AttemptState) {
        state.withLock { snapshot in
            snapshot.running.removeAll { $0.number == number }
            snapshot.ended += 1
            snapshot.states[end, default: 0] += 1
        }
    }
}
