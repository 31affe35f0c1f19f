internal import Collection
internal import Synchronization

/// Attempts that only an attempt could find out about.
final class FollowUps: Sendable {
    private let attempts = Mutex<[PlannedAttempt]>([])

    func add(_ more: [PlannedAttempt]) {
        attempts.withLock { $0 += more }
    }

    /// Those that were added since the last time.
    func take() -> [PlannedAttempt] {
        attempts.withLock { attempts in
            defer { attempts = [] }
            return attempts
        }
    }
}
