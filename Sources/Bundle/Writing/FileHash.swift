internal import Cryptography
internal import Synchronization

/// The digest of the container file, made while it is written.
final class FileHash: Sendable {
    private struct State: ~Copyable {
        var hasher = SHA256()
    }

    private let state = Mutex(State())

    func update(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { $0.hasher.update(bytes) }
    }

    var digest: SHA256Digest {
        state.withLock { $0.hasher.digestSoFar() }
    }
}
