public import Cryptography

/// Cuts an entry's content into segments as it streams by (section 6.1) and gives its content root (6.3).
///
/// Only for content cut in lines; the root of whole content follows from its hash:
/// ``TreeHash/wholeRoot(salt:content:)``.
public struct SegmentHasher: ~Copyable, Sendable {
    private static let shortest = 1_024
    private static let longest = 65_536

    private var salts: SegmentSalts
    private var tree = MerkleAccumulator()
    private var leaf = SHA256()
    /// Bytes in the segment under way; nil between segments.
    private var length: Int?

    init(contentKey: SHA256Digest) {
        salts = SegmentSalts(contentKey: contentKey)
    }

    public init(path: EntryPath, salts: SaltTree) {
        self.init(contentKey: salts.keys(of: path).contentKey)
    }

    /// Throws ``FormatError/Code/tooLarge`` beyond 2³² segments.
    public mutating func update(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(FormatError) in try update(bytes) }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
        var start = 0
        while start < bytes.count {
            if length == nil { try begin() }
            let before = length ?? 0
            let end = segmentEnd(bytes, from: start, before: before)
            leaf.update(UnsafeRawBufferPointer(rebasing: bytes[start..<(end ?? bytes.count)]))
            if let end {
                finishSegment()
                start = end
            } else {
                length = before + bytes.count - start
                return
            }
        }
    }

    /// The number of segments and the content root.
    public consuming func finalize() throws(FormatError) -> (segments: UInt64, root: SHA256Digest) {
        if length == nil, tree.count == 0 { try begin() }
        if length != nil { finishSegment() }
        return (tree.count, tree.root)
    }

    /// Where the segment under way ends in these bytes, if it does.
    @inline(__always)
    private func segmentEnd(_ bytes: UnsafeRawBufferPointer, from start: Int, before: Int) -> Int? {
        let limit = min(bytes.count, start + Self.longest - before)
        // The first byte that could be the last one of the segment.
        var index = start + max(0, Self.shortest - 1 - before)
        while index < limit {
            if bytes[index] == 0x0A { return index + 1 }
            index += 1
        }
        return limit - start + before == Self.longest ? limit : nil
    }

    private mutating func begin() throws(FormatError) {
        guard let number = UInt32(exactly: tree.count) else {
            throw FormatError(code: .tooLarge, doing: "cutting content", reason: "it has more than 2^32 segments")
        }
        leaf = SHA256()
        leaf.update(UInt8(0x00))
        leaf.update(salts.salt(number))
        length = 0
    }

    private mutating func finishSegment() {
        tree.append(leaf.digestSoFar())
        length = nil
    }
}
