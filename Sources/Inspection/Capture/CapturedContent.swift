internal import Bundle
internal import BundleFormat
internal import Synchronization

extension Capture {
    /// The content of one file.
    ///
    /// - Parameters:
    ///   - path: as the capture has it.
    ///   - limit: in bytes.
    /// - Returns: nil when there is no such file, when it is longer, or cannot be read wholly.
    /// - Throws: what reading the capture itself throws, `CancellationError`.
    package func content(of path: String, limit: Int) async throws -> [UInt8]? {
        if let bundle = self as? BundleCapture {
            guard let entry = try? EntryPath(path) else { return nil }
            do {
                return try await bundle.reader.content(of: entry, limit: limit)
            } catch is BundleError {
                return nil
            }
        }
        let whole = WholeFile(limit)
        try await read { $0.path == path && $0.size <= UInt64(limit) ? whole : nil }
        return whole.content
    }
}

/// Keeps a file that is not too long.
private final class WholeFile: FileVisitor {
    private let limit: Int
    private let state = Mutex((bytes: [UInt8](), isWhole: false))

    init(_ limit: Int) {
        self.limit = limit
    }

    var content: [UInt8]? { state.withLock { $0.isWhole ? $0.bytes : nil } }

    func take(_ piece: ArraySlice<UInt8>) throws {
        try state.withLock { state in
            guard state.bytes.count + piece.count <= limit else { throw EnoughOfFile() }
            state.bytes += piece
        }
    }

    func end(_ problem: String?) throws {
        state.withLock { $0.isWhole = problem == nil }
    }
}
