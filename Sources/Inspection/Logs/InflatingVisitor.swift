internal import Archive
internal import Synchronization

/// Hands a file that gzip compressed to another visitor as what it was before.
///
/// It is read to its end, so that its hash is compared, even where nothing more comes of it.
final class InflatingVisitor: FileVisitor {
    private let inflater: Mutex<GzipInflater>
    private let inner: any FileVisitor

    init(_ inner: any FileVisitor) throws {
        self.inner = inner
        inflater = Mutex(try GzipInflater())
    }

    func take(_ piece: ArraySlice<UInt8>) throws {
        try inflater.withLock { try $0.push(piece) { try inner.take($0) } }
    }

    func end(_ problem: String?) throws {
        let own = inflater.withLock { $0.finish() }
        try inner.end(problem ?? own)
    }
}

extension CapturedFile {
    /// Whether a visitor of it can have what gzip made of it.
    var isGzip: Bool { path.hasSuffix(".gz") || path.hasSuffix(".tgz") }

    /// Whether its name says that it is compressed.
    package var isCompressed: Bool {
        isGzip || [".xz", ".zst", ".bz2", ".lz4", ".zip"].contains { path.hasSuffix($0) }
    }

    /// A visitor of its text: of a log that the kubelet put aside compressed, unpacked.
    package func reading(_ visitor: any FileVisitor) throws -> any FileVisitor {
        isGzip ? try InflatingVisitor(visitor) : visitor
    }
}
