public import Cryptography

/// The root of a bundle's tree as it stands in `meta/merkle-root.txt` (section 6.4).
public struct MerkleRoot: Hashable, Sendable {
    public var leaves: UInt64
    public var root: SHA256Digest

    public init(leaves: UInt64, root: SHA256Digest) {
        self.leaves = leaves
        self.root = root
    }

    public func encoded() -> [UInt8] {
        Array("exhibit-merkle-v1 \(leaves) \(root.hex)\n".utf8)
    }

    /// Reads exactly what ``encoded()`` writes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        let failure = FormatError(doing: "reading the Merkle root", reason: "it is not `exhibit-merkle-v1 LEAVES HEX`")
        guard bytes.count <= 128 else { throw failure }
        let fields = bytes.dropLast().split(separator: 0x20, omittingEmptySubsequences: false)
        guard fields.count == 3, let leaves = UInt64(String(decoding: fields[1], as: UTF8.self)),
            let root = SHA256Digest(hex: fields[2])
        else { throw failure }
        self.init(leaves: leaves, root: root)
        guard encoded().elementsEqual(bytes) else { throw failure }
    }
}
