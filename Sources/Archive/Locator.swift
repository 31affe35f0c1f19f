/// Where a reader finds the index without reading the archive (format.md, section 9).
///
/// It is an accelerator and never trusted: it is recomputed when an archive is verified.
public struct Locator: Hashable, Sendable {
    /// Tar offset of the index's header, in bytes.
    public var indexOffset: UInt64
    /// Content size of the index, in bytes.
    public var indexSize: UInt64
    /// Length of the tar stream through its end marker, in bytes.
    public var tarLength: UInt64
    /// Number of lines of the index.
    public var entries: UInt64

    /// A locator with these values.
    public init(indexOffset: UInt64, indexSize: UInt64, tarLength: UInt64, entries: UInt64) {
        self.indexOffset = indexOffset
        self.indexSize = indexSize
        self.tarLength = tarLength
        self.entries = entries
    }

    /// Bytes of an encoded locator.
    public static let encodedBytes = 64
    static let magic = Array("EXHIBIT-LOCATOR1".utf8)

    /// The 64 bytes as they stand in a container.
    public var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: indexOffset)
        bytes.append(littleEndian: indexSize)
        bytes.append(littleEndian: tarLength)
        bytes.append(littleEndian: entries)
        return bytes + [UInt8](repeating: 0, count: 16)
    }

    /// Reads 64 bytes; nil when they are not exactly what `encoded` of any locator gives.
    public init?(decoding bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.encodedBytes, bytes.starts(with: Self.magic), bytes[48...].allSatisfy({ $0 == 0 })
        else { return nil }
        indexOffset = bytes.littleEndian(at: 16, as: UInt64.self)
        indexSize = bytes.littleEndian(at: 24, as: UInt64.self)
        tarLength = bytes.littleEndian(at: 32, as: UInt64.self)
        entries = bytes.littleEndian(at: 40, as: UInt64.self)
    }

    /// The block that stands behind the tar stream of a `.tar` (9.1).
    var block: [UInt8] {
        encoded + [UInt8](repeating: 0, count: StrictTar.blockBytes - Self.encodedBytes)
    }
}
