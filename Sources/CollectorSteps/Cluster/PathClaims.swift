internal import Synchronization

/// What of a run has its place in the bundle already, for steps that may come upon the same object or log by different ways.
final class PathClaims: Sendable {
    private struct State {
        /// Who has a path; paths as their hashes, since a cluster has many.
        var owners: [Int: Int] = [:]
        var nextOwner = 1
    }

    private let state = Mutex(State())

    /// Somebody who may claim the same path again and again.
    func newOwner() -> Int {
        state.withLock { state in
            state.nextOwner += 1
            return state.nextOwner
        }
    }

    /// False when somebody else had it first; also for one's own when nobody in particular asks.
    func claim(_ path: [String], by owner: Int? = nil) -> Bool {
        state.withLock { state in
            if let known = state.owners[path.hashValue] { return known == owner }
            state.owners[path.hashValue] = owner ?? 0
            return true
        }
    }
}
