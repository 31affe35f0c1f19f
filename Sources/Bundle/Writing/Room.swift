internal import Synchronization

/// Room on the disk for what is captured: bytes are taken from what the archive holds for them, and given back when they
/// are in the archive.
final class Room: Sendable {
    private struct State {
        /// Held in the archive and not taken yet.
        var free: UInt64 = 0
        /// Taken by entries that are not in the archive yet.
        var taken: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Takes `count` bytes; false when so many are not held.
    func take(_ count: Int) -> Bool {
        state.withLock { state in
            guard state.free >= UInt64(count) else { return false }
            state.free -= UInt64(count)
            state.taken += UInt64(count)
            return true
        }
    }

    /// What was taken is in the archive, or was given up.
    func settle(_ count: UInt64) {
        state.withLock { $0.taken -= min(count, $0.taken) }
    }

    /// The archive holds so many bytes more.
    func grant(_ count: UInt64) {
        state.withLock { state in
            if !state.isClosed { state.free += count }
        }
    }

    /// Nothing more is to be had.
    func close() {
        state.withLock { state in
            state.free = 0
            state.isClosed = true
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// What the archive must hold for entries.
    var held: UInt64 { state.withLock { $0.free + $0.taken } }
}
