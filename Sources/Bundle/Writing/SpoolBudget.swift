internal import Synchronization

/// How much all open spools together may hold in memory.
final class SpoolBudget: Sendable {
    private let left: Mutex<Int>

    init(bytes: Int) {
        left = Mutex(bytes)
    }

    /// Takes `bytes`; false when there are not so many left.
    func reserve(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard left >= bytes else { return false }
            left -= bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        left.withLock { $0 += bytes }
    }
}
