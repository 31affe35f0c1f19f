internal import BundleFormat
internal import Synchronization

/// Room on the disk for what is yet to go into the archive, in bytes of the tar stream.
///
/// Whatever will need room takes it first: an entry when it is opened and with each piece of content, a line before it is
/// written. It is settled when the bytes are in the archive, or will never be. The archive holds what is taken.
final class Room: Sendable {
    private struct State {
        /// Held in the archive and not taken yet.
        var free: UInt64 = 0
        /// Yet to go into the archive.
        var taken: UInt64 = 0
        /// Being asked for.
        var asked: UInt64 = 0
        var end: RoomEnd?
        /// How often the disk got room back.
        var gains = 0
    }

    private let state = Mutex(State())

    /// Takes `count` bytes; false when so many are not held.
    func take(_ count: UInt64) -> Bool {
        state.withLock { state in
            guard state.free >= count else { return false }
            state.free -= count
            state.taken += count
            return true
        }
    }

    /// Takes what must go into the bundle in any case.
    func insist(on count: UInt64) {
        state.withLock { state in
            state.free -= min(count, state.free)
            state.taken += count
        }
    }

    /// What was taken is in the archive, or never will be.
    func settle(_ count: UInt64) {
        state.withLock { $0.taken -= min(count, $0.taken) }
    }

    /// The archive is about to be asked for so many bytes more.
    func ask(for count: UInt64) {
        state.withLock { $0.asked += count }
    }

    /// The archive's answer. Of what it holds now, `taken` is the asker's, the rest anybody's.
    func answer(_ count: UInt64, isHeld: Bool, taking taken: UInt64) {
        state.withLock { state in
            state.asked -= min(count, state.asked)
            guard isHeld else { return }
            state.taken += min(taken, count)
            if state.end == nil { state.free += count - min(taken, count) }
        }
    }

    /// Files were removed: who found the disk full before may try again.
    func gain() {
        state.withLock { $0.gains += 1 }
    }

    var gains: Int { state.withLock { $0.gains } }

    /// Nothing more is to be had: what is still free is for what must go in.
    func close(_ end: RoomEnd) {
        state.withLock { state in
            state.free = 0
            state.end = state.end ?? end
        }
    }

    /// Why nothing more is to be had; nil while there may be.
    var end: RoomEnd? { state.withLock { $0.end } }
    var isClosed: Bool { end != nil }

    /// What the archive must hold.
    var held: UInt64 { state.withLock { $0.free + $0.taken + $0.asked } }
}

/// What an entry costs beside its content, at most, in bytes.
struct EntryCost {
    /// Headers and padding: settled when it is in the archive.
    var placing: UInt64
    /// Its lines in index and manifest, and in the next checkpoint.
    var lines: UInt64
    /// Its path and names in the ledger line of its attempt, there and in a checkpoint: settled when that is recorded.
    var mention: UInt64

    var sum: UInt64 { placing + lines + mention }

    init(_ allocation: EntryPathAllocator.Allocation, media: String, folder: FolderName) {
        let path = UInt64(allocation.path.rawValue.utf8.count)
        let full = path + UInt64(folder.rawValue.utf8.count) + 1
        placing = 1_024 + (full > 100 ? 1_536 + full : 512)
        lines = 2 * (path + UInt64(media.utf8.count)) + path + 512
        var names: UInt64 = 0
        if let sources = allocation.sourceNames {
            names = path + 16
            // As a JSON string, each byte escaped; base64 is shorter.
            for name in sources { names += 6 * UInt64(name.bytes.count) + 24 }
        }
        mention = 2 * (path + 4 + names)
    }
}
