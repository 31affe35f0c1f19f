/// The table at the end of the zstd seekable format: compressed and decompressed size of every frame.
struct SeekTable: Equatable, Sendable {
    /// One frame with content.
    struct Row: Equatable, Sendable {
        var compressed: UInt32
        var decompressed: UInt32
    }

    /// The frames with content, in order. The locator's frame is implied.
    var rows: [Row] = []

    static let skippableHeaderBytes = 8
    static let footerBytes = 9
    static let footerMagic: UInt32 = 0x8F92_EAB1
    /// The skippable frame that holds the locator.
    static let locatorFrameBytes = skippableHeaderBytes + Locator.encodedBytes

    /// Bytes of the whole skippable frame for a table of `frames` rows, the locator's included.
    static func frameBytes(frames: Int) -> Int {
        skippableHeaderBytes + 8 * frames + footerBytes
    }

    /// The skippable frame of the locator.
    static func locatorFrame(_ locator: Locator) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: ZstdFrame.locatorMagic)
        bytes.append(littleEndian: UInt32(Locator.encodedBytes))
        return bytes + locator.encoded
    }

    /// The skippable frame of the table.
    var encoded: [UInt8] {
        let frames = rows.count + 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.frameBytes(frames: frames))
        bytes.append(littleEndian: ZstdFrame.seekTableMagic)
        bytes.append(littleEndian: UInt32(8 * frames + Self.footerBytes))
        for row in rows {
            bytes.append(littleEndian: row.compressed)
            bytes.append(littleEndian: row.decompressed)
        }
        bytes.append(littleEndian: UInt32(Self.locatorFrameBytes))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt32(frames))
        bytes.append(0)
        bytes.append(littleEndian: Self.footerMagic)
        return bytes
    }
}
