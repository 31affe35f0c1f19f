internal import Archive
internal import Synchronization

/// Either a bundle gets its name or it is given up: never both, whoever comes first.
final class PublishGate: Sendable {
    private enum State {
        case open, published, givenUp
    }

    private let state = Mutex(State.open)

    /// Runs `body`, which gives the bundle its name; nobody can give it up meanwhile.
    func publish(_ body: () throws(ArchiveError) -> Void) throws {
        try state.withLock { state in
            guard state == .open else {
                throw BundleError(code: .closed, doing: "sealing the bundle", reason: "it was given up")
            }
            try body()
            state = .published
        }
    }

    /// False when it has its name already.
    func giveUp() -> Bool {
        state.withLock { state in
            guard state != .published else { return false }
            state = .givenUp
            return true
        }
    }
}
