internal import Synchronization

/// Looks whether lines at the beginning of a log have the times of the runtime, which always have nine digits of a second
/// (`2026-11-30T08:01:00.268381048Z`).
///
/// Not all need: the kubelet's own words have none.
final class LogBeginning: Sendable {
    private struct State {
        var lines = 0
        var isStamped = false
    }

    private let state = Mutex(State())

    private static let mostLines = 100
    private static let fraction = 19

    var isStamped: Bool { state.withLock { $0.isStamped } }

    /// - Throws: `EnoughOfFile` when it is known.
    func look(_ piece: LogPiece) throws {
        guard piece.isFirst else { return }
        try state.withLock { state in
            state.lines += 1
            if let length = LogLine.timeLength(piece.bytes), piece.bytes[Self.fraction] == UInt8(ascii: ".") {
                let digits = piece.bytes[(Self.fraction + 1)..<length].prefix { $0 &- 0x30 < 10 }
                if digits.count == 9 { state.isStamped = true }
            }
            if state.isStamped || state.lines == Self.mostLines { throw EnoughOfFile() }
        }
    }
}
