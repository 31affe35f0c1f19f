public import Cryptography

/// The hashes of section 6, each with its own first byte so that none can pose as another.
public enum TreeHash {
    /// An inner node of both trees.
    public static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256.digest(prefix: 0x01, left, right)
    }

    /// The content root of an entry that is one whole segment.
    public static func wholeRoot(salt: SHA256Digest, content: SHA256Digest) -> SHA256Digest {
        SHA256.digest(prefix: 0x00, salt, content)
    }

    /// The commitment to an entry's metadata.
    public static func metadataCommitment(salt: SHA256Digest, metadata: [UInt8]) -> SHA256Digest {
        SHA256.digest(prefix: 0x03, salt, metadata)
    }

    /// An entry's leaf in the tree of the bundle.
    public static func entryLeaf(commitment: SHA256Digest, segments: UInt64, root: SHA256Digest) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(UInt8(0x02))
        hasher.update(commitment)
        withUnsafeBytes(of: segments.bigEndian) { hasher.update($0) }
        hasher.update(root)
        return hasher.finalize()
    }

    /// The leaf of an index line under the salts of `tree`.
    public static func entryLeaf(_ line: IndexLine, salts tree: SaltTree) -> SHA256Digest {
        let commitment = metadataCommitment(salt: tree.keys(of: line.path).metadataSalt, metadata: line.metadata)
        return entryLeaf(commitment: commitment, segments: line.segments, root: line.root)
    }
}
