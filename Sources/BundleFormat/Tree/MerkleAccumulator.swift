public import Cryptography

/// The root of a Merkle tree in the shape of RFC 6962 section 2.1 over a stream of leaf hashes; memory grows with the
/// logarithm of their number.
public struct MerkleAccumulator: Sendable {
    /// Roots of complete subtrees, the largest first: one for each bit that is set in `count`.
    private var roots: [SHA256Digest] = []
    /// Number of leaves so far.
    public private(set) var count: UInt64 = 0

    public init() {}

    public mutating func append(_ leaf: SHA256Digest) {
        var node = leaf
        var merged = count
        while merged & 1 == 1, let left = roots.popLast() {
            node = TreeHash.node(left, node)
            merged >>= 1
        }
        roots.append(node)
        count += 1
    }

    /// The root over all leaves so far; of none, the hash of nothing.
    public var root: SHA256Digest {
        guard var node = roots.last else { return SHA256.digest(of: [UInt8]()) }
        for left in roots.dropLast().reversed() { node = TreeHash.node(left, node) }
        return node
    }
}
