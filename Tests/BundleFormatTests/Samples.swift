import BundleFormat
import Cryptography

/// Values that several suites share.
enum Samples {
    /// Bytes 0 to 31, as in `reference.py`.
    static let salts = SaltTree(seed: digest(Array(0..<32)))

    static func digest(_ bytes: [UInt8]) -> SHA256Digest {
        SHA256Digest(bytes: bytes) ?? .zero
    }

    /// The pseudo-random text of `reference.py`.
    static func text(seed: UInt64, length: Int, newline: UInt8) -> [UInt8] {
        var state = seed
        return (0..<length).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let byte = UInt8(truncatingIfNeeded: state >> 33)
            return byte < newline ? 10 : 97 + byte % 26
        }
    }

    static func contentDigest(
        _ content: [UInt8], path: EntryPath, segmentation: Segmentation, pieces: Int = .max
    ) throws -> ContentDigest {
        var hasher = ContentHasher(path: path, segmentation: segmentation, salts: salts)
        var rest = content[...]
        while !rest.isEmpty {
            try hasher.update(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return try hasher.finalize()
    }
}
