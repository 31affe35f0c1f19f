internal import Cryptography

/// What the seal is about: `meta/statement.json` (section 8.1).
public struct Statement: Hashable, Sendable {
    public var bundle: BundleID
    public var root: MerkleRoot

    public init(bundle: BundleID, root: MerkleRoot) {
        self.bundle = bundle
        self.root = root
    }

    public func encoded() -> [UInt8] {
        Array(
            #"{"type":"exhibit-seal-v1","bundle":"\#(bundle)","root":"\#(root.root.hex)","leaves":\#(root.leaves)}"#
                .utf8)
            + [0x0A]
    }

    /// Reads exactly what ``encoded()`` writes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        var scanner = LineScanner(bytes, doing: "reading the statement", limit: 512)
        try scanner.expect("{\"type\":\"exhibit-seal-v1\",\"bundle\":\"")
        guard let bundle = BundleID(String(decoding: try scanner.string(), as: UTF8.self)) else {
            throw scanner.failure("the bundle's id is not 32 hex digits")
        }
        try scanner.expect(",\"root\":\"")
        let root = try scanner.digest()
        try scanner.expect(",\"leaves\":")
        let leaves = try scanner.natural(atMost: FormatLimits.entries)
        try scanner.expect("}\n")
        try scanner.end()
        self.init(bundle: bundle, root: MerkleRoot(leaves: leaves, root: root))
    }
}
