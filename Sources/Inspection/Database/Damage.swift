internal import Synchronization

/// Files of a capture that could not be read as they were captured, as they are found.
public final class Damage: Sendable {
    /// A file, and what is wrong with it.
    public struct File: Sendable, Hashable {
        public let path: String
        public let reason: String
    }

    private struct State {
        var files: [File] = []
        var paths: Set<String> = []
        var left = 0
    }

    private let state = Mutex(State())
    private static let most = 1_000

    init() {}

    func add(_ path: String, _ reason: String) {
        state.withLock { state in
            guard !state.paths.contains(path) else { return }
            guard state.files.count < Self.most else { return state.left += 1 }
            state.paths.insert(path)
            state.files.append(File(path: path, reason: reason))
        }
    }

    /// Each file once; at most 1,000.
    public var files: [File] { state.withLock { $0.files } }
    /// How many there are.
    public var count: Int { state.withLock { $0.files.count + $0.left } }
}
