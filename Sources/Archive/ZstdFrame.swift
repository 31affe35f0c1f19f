/// The layout of zstd frames (RFC 8878) as far as the strict profile needs it (format.md, section 9.2).
enum ZstdFrame {
    /// Magic number of a frame with content.
    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    /// Magic number of the skippable frame with the locator.
    static let locatorMagic: UInt32 = 0x184D_2A5D
    /// Magic number of the skippable frame with the seek table.
    static let seekTableMagic: UInt32 = 0x184D_2A5E
    static let maximumContentBytes = 8 << 20
    /// Compressed bytes of a frame that a reader accepts: more than any compressor makes of 8 MiB.
    static let maximumFrameBytes = 9 << 20
    /// RFC 8878, section 3.1.1.2.4: no block is larger.
    static let maximumBlockBytes = 128 << 10
    /// Frames that a reader keeps count of; at 4 MiB each they are 16 TiB.
    static let maximumFrames = 1 << 22
    static let largestHeader = 9
    static let checksumBytes = 4

    /// A header of the only allowed form: single segment, content size in its shortest field, checksum, nothing else.
    struct Header: Equatable {
        var bytes: Int
        var contentBytes: Int
    }

    /// Reads a frame header at `offset`.
    ///
    /// - Returns: nil when there are too few bytes to tell.
    static func header(in bytes: [UInt8], at offset: Int, end: Int) throws(Defect) -> Header? {
        guard end - offset > 4 else { return nil }
        guard bytes[offset..<(offset + 4)].elementsEqual(magic) else {
            throw Defect(.badFrame, "the bytes are not the beginning of a zstd frame")
        }
        let descriptor = bytes[offset + 4]
        guard descriptor & 0b0000_0011 == 0 else {
            throw Defect(.badFrameHeader, "the frame asks for a dictionary")
        }
        guard descriptor & 0b0001_1000 == 0 else {
            throw Defect(.badFrameHeader, "an unused bit of the frame header is set")
        }
        guard descriptor & 0b0010_0000 != 0 else {
            throw Defect(.badFrameHeader, "the frame is not a single segment")
        }
        guard descriptor & 0b0000_0100 != 0 else {
            throw Defect(.badFrameHeader, "the frame has no checksum of its content")
        }
        let sizeBytes = [1, 2, 4, 8][Int(descriptor >> 6)]
        guard end - offset >= 5 + sizeBytes else { return nil }
        let size: UInt64 =
            switch sizeBytes {
            case 1: UInt64(bytes[offset + 5])
            case 2: UInt64(bytes.littleEndian(at: offset + 5, as: UInt16.self)) + 256
            case 4: UInt64(bytes.littleEndian(at: offset + 5, as: UInt32.self))
            default: bytes.littleEndian(at: offset + 5, as: UInt64.self)
            }
        if size == 0 { throw Defect(.emptyFrame, "the frame has no content") }
        if size > UInt64(maximumContentBytes) {
            throw Defect(.frameTooLarge, "the frame claims \(size) bytes of content; 8 MiB is the limit")
        }
        if sizeBytes == 4, size < 256 + 65536 {
            throw Defect(.badFrameHeader, "the content size is not in its shortest form")
        }
        return Header(bytes: 5 + sizeBytes, contentBytes: Int(size))
    }

    /// What a block header says: the bytes that follow it in the file, and whether it is the last.
    static func block(in bytes: [UInt8], at offset: Int) throws(Defect) -> (bytes: Int, isLast: Bool) {
        let header = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2]) << 16
        let size = header >> 3
        guard size <= maximumBlockBytes else {
            throw Defect(.badFrame, "a block is larger than 128 KiB")
        }
        switch (header >> 1) & 3 {
        case 0, 2: return (size, header & 1 == 1)
        case 1: return (1, header & 1 == 1)
        default: throw Defect(.badFrame, "a block has the reserved type")
        }
    }
}
