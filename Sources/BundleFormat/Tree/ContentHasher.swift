public import Cryptography

/// What the index says about content.
public struct ContentDigest: Hashable, Sendable {
    public let size: UInt64
    public let sha256: SHA256Digest
    /// Number of segments.
    public let segments: UInt64
    /// The content root.
    public let root: SHA256Digest

    /// What the index says about the same content as one segment.
    public func asWhole(path: EntryPath, salts: SaltTree) -> ContentDigest {
        var keys = SegmentSalts(contentKey: salts.keys(of: path).contentKey)
        return ContentDigest(
            size: size, sha256: sha256, segments: 1, root: TreeHash.wholeRoot(salt: keys.salt(0), content: sha256))
    }
}

/// Hashes an entry's content in one pass, in any pieces: its SHA-256 and its content root.
public struct ContentHasher: ~Copyable, Sendable {
    private var whole = SHA256()
    private var lines: SegmentHasher?
    private let contentKey: SHA256Digest

    public init(path: EntryPath, segmentation: Segmentation, salts: SaltTree) {
        contentKey = salts.keys(of: path).contentKey
        lines = segmentation == .lines ? SegmentHasher(contentKey: contentKey) : nil
    }

    /// Bytes so far.
    public var size: UInt64 { whole.count }

    /// The hash so far; hashing can go on.
    public func digestSoFar() -> SHA256Digest { whole.digestSoFar() }

    /// Throws ``FormatError/Code/tooLarge`` beyond 2³² segments.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
        whole.update(bytes)
        try lines?.update(bytes)
    }

    /// See ``update(_:)``.
    public mutating func update(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(FormatError) in try update(bytes) }
    }

    public consuming func finalize() throws(FormatError) -> ContentDigest {
        let size = whole.count
        let sha256 = whole.finalize()
        if let lines = consume lines {
            let (segments, root) = try lines.finalize()
            return ContentDigest(size: size, sha256: sha256, segments: segments, root: root)
        }
        var salts = SegmentSalts(contentKey: contentKey)
        return ContentDigest(
            size: size, sha256: sha256, segments: 1, root: TreeHash.wholeRoot(salt: salts.salt(0), content: sha256))
    }
}
