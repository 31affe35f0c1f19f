internal import Synchronization

/// Lets so many through at once, and says so to the others.
final class WorkGate: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) {
        free = Mutex(count)
    }

    /// Whether there was room. Then ``leave()`` gives it back.
    func enter() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func leave() {
        free.withLock { $0 += 1 }
    }
}
