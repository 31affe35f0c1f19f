internal import Synchronization

/// Lets requests through to the API server as ``LatencyLimit`` says, each until the first bytes of its answer have come: a log
/// that takes long to send is no sign of a slow server, and keeps nobody waiting here.
final class LatencyGate: Sendable {
    /// When no answer began for so long, one more request goes out: what hangs may hang on something behind the API server.
    private static let patience = Duration.seconds(5)

    private let gate: ConnectionGate
    private let limit: Mutex<LatencyLimit>

    init(most: Int) {
        gate = ConnectionGate(slots: most, patience: Self.patience)
        limit = Mutex(LatencyLimit(most: most))
    }

    /// The fewest that were allowed at once.
    var lowest: Int { limit.withLock { $0.lowest } }

    /// Waits for a turn. Every return must be followed by ``leave()``; a throw must not.
    func enter() async throws {
        try await gate.enter()
    }

    func leave() {
        gate.leave()
    }

    /// The first bytes of an answer have come.
    func note(_ kind: LatencyLimit.Kind, sent: ContinuousClock.Instant) {
        limit.withLock { limit in
            let before = limit.current
            limit.note(kind, sent: sent, answered: .now)
            if limit.current != before { gate.resize(slots: limit.current) }
        }
    }
}
