internal import BundleFormat
internal import Cryptography

/// The hash of one file, what its segments give, or both; in one pass, in any pieces.
struct FileHasher: ~Copyable, Sendable {
    struct Result: Sendable {
        var sha256: SHA256Digest?
        var segments: EntryTable.Segments?
        /// Why there are no segments though they were asked for.
        var failure: FormatError?
    }

    private var whole: SHA256?
    private var segments: SegmentHasher?
    private var failure: FormatError?

    /// - Parameters:
    ///   - digest: whether its SHA-256 is wanted.
    ///   - salts: those of the bundle, when segments are wanted.
    init(_ path: EntryPath, digest: Bool = true, salts: SaltTree?) {
        if digest { whole = SHA256() }
        if let salts { segments = SegmentHasher(path: path, salts: salts) }
    }

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        whole?.update(bytes)
        guard failure == nil else { return }
        do {
            try segments?.update(bytes)
        } catch {
            failure = error
        }
    }

    consuming func finish() -> Result {
        var result = Result(failure: failure)
        if let whole = whole.take() { result.sha256 = whole.finalize() }
        guard failure == nil, let segments = segments.take() else { return result }
        do {
            let found = try segments.finalize()
            result.segments = EntryTable.Segments(count: found.segments, root: found.root)
        } catch {
            result.failure = error
        }
        return result
    }
}
