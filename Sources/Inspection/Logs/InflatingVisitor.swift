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
    /// A visitor of its text: of a log that the kubelet put aside compressed, unpacked.
    func reading(_ visitor: any FileVisitor) throws -> any FileVisitor {
        path.hasSuffix(".gz") ? try InflatingVisitor(visitor) : visitor
    }
}
