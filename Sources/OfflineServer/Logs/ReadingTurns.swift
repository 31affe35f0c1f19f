internal import Synchronization

/// How many logs are read at once of an archive that can only be read from its front: each reading unpacks all that lies before.
final class ReadingTurns: Sendable {
    private let taken = Mutex(0)

    private static let most = 2

    /// A reading, which is over when nothing holds it any more.
    final class Turn: Sendable {
        private let turns: ReadingTurns

        fileprivate init(_ turns: ReadingTurns) {
            self.turns = turns
        }

        deinit { turns.taken.withLock { $0 -= 1 } }
    }

    /// Nil when there are as many as may be.
    func take() -> Turn? {
        let isFree = taken.withLock { taken in
            guard taken < Self.most else { return false }
            taken += 1
            return true
        }
        return isFree ? Turn(self) : nil
    }
}
