public import Cryptography

/// The salts of section 6.2: a tree of keys over one seed, so that a key discloses every salt below it and no other.
public struct SaltTree: Sendable {
    private let seed: SHA256Digest

    /// - Parameter seed: 32 random bytes.
    public init(seed: SHA256Digest) {
        self.seed = seed
    }

    /// `meta/salts`: 64 hex digits and a LF.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        seed.appendHex(to: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    /// Reads exactly what ``encoded()`` writes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FormatError) {
        guard bytes.count == 65, bytes.last == 0x0A, let seed = SHA256Digest(hex: bytes.dropLast()) else {
            throw FormatError(doing: "reading the salts", reason: "it is not 64 hex digits and a line end")
        }
        self.init(seed: seed)
    }

    /// The two secrets of an entry.
    public struct EntryKeys: Sendable {
        public let metadataSalt: SHA256Digest
        public let contentKey: SHA256Digest
    }

    public func keys(of path: EntryPath) -> EntryKeys {
        var message: [UInt8] = []
        message.reserveCapacity(Self.label.count + path.rawValue.utf8.count)
        message.append(contentsOf: Self.label)
        message.append(contentsOf: path.rawValue.utf8)
        let key = HMACSHA256.authenticationCode(of: message, key: seed)
        return EntryKeys(
            metadataSalt: Self.child(of: key, UInt8(ascii: "M")), contentKey: Self.child(of: key, UInt8(ascii: "C")))
    }

    private static let label = Array("exhibit-entry-v1\u{0}".utf8)

    static func child(of key: SHA256Digest, _ suffix: UInt8) -> SHA256Digest {
        SHA256.digest(prefix: 0x04, key, suffix: suffix)
    }
}

/// The salts of one entry's segments. Keeps the keys on the way down to the last one: neighbours share nearly all of
/// them.
public struct SegmentSalts: Sendable {
    private static let levels = 8
    /// The content key, then the key at each level for the last segment.
    private var keys: [SHA256Digest]
    private var last: UInt32?

    public init(contentKey: SHA256Digest) {
        keys = Array(repeating: contentKey, count: Self.levels + 1)
    }

    /// The salt of segment `number`, from 0.
    public mutating func salt(_ number: UInt32) -> SHA256Digest {
        var level = last.map { ($0 ^ number).leadingZeroBitCount / 4 } ?? 0
        while level < Self.levels {
            let digit = UInt8(truncatingIfNeeded: number >> UInt32(4 * (Self.levels - 1 - level)) & 15)
            keys[level + 1] = SaltTree.child(of: keys[level], digit)
            level += 1
        }
        last = number
        return keys[Self.levels]
    }
}
