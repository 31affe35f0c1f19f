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
        let content = Mutex<[UInt8]?>(nil)
        try await read { file in
            guard file.path == path, file.size <= UInt64(limit) else { return nil }
            return WholeFile(limit: limit) { bytes in content.withLock { $0 = bytes } }
        }
        return content.withLock { $0 }
    }
}

/// Takes a file that is not too long. One that is longer, or not whole, is not handed out.
package final class WholeFile: FileVisitor {
    private let bytes = Mutex<[UInt8]>([])
    private let limit: Int
    private let done: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - done: gets all of it.
    package init(limit: Int, _ done: @escaping @Sendable ([UInt8]) -> Void) {
        self.limit = limit
        self.done = done
    }

    package func take(_ piece: ArraySlice<UInt8>) throws {
        try bytes.withLock { bytes in
            guard bytes.count + piece.count <= limit else { throw EnoughOfFile() }
            bytes += piece
        }
    }

    package func end(_ problem: String?) {
        if problem == nil { done(bytes.withLock { $0 }) }
    }
}
