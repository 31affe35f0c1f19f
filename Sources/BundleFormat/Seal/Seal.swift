public import Cryptography

/// `seal.sha256`, the one signed object: three lines that sha256sum reads (section 8.1).
public struct Seal: Hashable, Sendable {
    public var tagManifest: SHA256Digest
    public var merkleRoot: SHA256Digest
    public var statement: SHA256Digest

    public init(tagManifest: SHA256Digest, merkleRoot: SHA256Digest, statement: SHA256Digest) {
        self.tagManifest = tagManifest
        self.merkleRoot = merkleRoot
        self.statement = statement
    }

    public func encoded() -> [UInt8] {
        [
            ManifestLine(sha256: tagManifest, path: BundleLayout.tagManifest),
            ManifestLine(sha256: merkleRoot, path: BundleLayout.merkleRoot),
            ManifestLine(sha256: statement, path: BundleLayout.statement),
        ].flatMap { $0.encoded() }
    }

    /// Reads exactly what ``encoded()`` writes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        let failure = FormatError(doing: "reading the seal", reason: "it is not its three lines")
        guard bytes.count <= 512 else { throw failure }
        let lines = try ManifestLine.decode(bytes)
        guard lines.count == 3 else { throw failure }
        self.init(tagManifest: lines[0].sha256, merkleRoot: lines[1].sha256, statement: lines[2].sha256)
        guard encoded().elementsEqual(bytes) else { throw failure }
    }

    public var id: SealID { SealID(SHA256.digest(of: encoded())) }
}
