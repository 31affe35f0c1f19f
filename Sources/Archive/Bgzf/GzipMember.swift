import CDeflate

/// The layout of BGZF's gzip members (RFC 1952; SAM specification, section 4.1) as far as the strict profile needs it
/// (format.md, section 9.3).
enum GzipMember {
    /// The beginning of every member: one extra field `BC` of two bytes; no time, no flags of the compressor, no system.
    static let beginning: [UInt8] = [
        0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, UInt8(ascii: "B"), UInt8(ascii: "C"), 2, 0,
    ]
    /// `beginning` and the size of the member less one.
    static let headerBytes = 18
    /// CRC-32 and length of the content.
    static let trailerBytes = 8
    /// The member without content that ends a BGZF file.
    static let endMarker = beginning + [27, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    /// The smallest deflate stream is a block with nothing but its end.
    static let minimumBytes = headerBytes + 2 + trailerBytes
    /// Of the file, and of content: what two bytes can say.
    static let maximumBytes = 1 << 16
    static let maximumContentBytes = 1 << 16
    /// Content of a member that is written, which then fits even when it is stored.
    static let writtenContentBytes = 65280
    /// What a member of one stored block has beside its content: the block has a byte of flags, and twice its length.
    static let storedOverhead = headerBytes + 5 + trailerBytes

    /// True for the first bytes of a file that claims to be BGZF. Whether all of its header is as it must be is seen
    /// when it is read.
    static func isBgzf(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 16 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[3] & 4 != 0
            && bytes[12..<16] == beginning[12...]
    }

    /// The size in the file of the member whose header is at `offset`; `headerBytes` are there.
    static func size(in bytes: [UInt8], at offset: Int) throws(Defect) -> Int {
        let found = bytes[offset..<(offset + 16)]
        guard found.elementsEqual(beginning) else { throw headerDefect(Array(found)) }
        let size = Int(bytes.littleEndian(at: offset + 16, as: UInt16.self)) + 1
        guard size >= minimumBytes else {
            throw Defect(.badFrameHeader, "its header claims that it has \(size) bytes, too few for any member")
        }
        return size
    }

    private static func headerDefect(_ found: [UInt8]) -> Defect {
        guard found[0..<3] == beginning[0..<3] else {
            return Defect(.badFrame, "the bytes are not the beginning of a gzip member")
        }
        let field =
            switch zip(found, beginning).prefix(while: { $0 == $1 }).count {
            case 3: "flags"
            case 4..<8: "time"
            case 8: "extra flags"
            case 9: "operating system"
            case 10..<12: "length of the extra fields"
            default: "extra field"
            }
        return Defect(.badFrameHeader, "the \(field) of the gzip header is not what BGZF has there")
    }

    /// Content's size as the trailer of a member of `size` bytes at `offset` claims it.
    static func contentBytes(in bytes: [UInt8], at offset: Int, size: Int) throws(Defect) -> Int {
        let claimed = bytes.littleEndian(at: offset + size - 4, as: UInt32.self)
        guard claimed > 0 else { throw Defect(.emptyFrame, "it has no content, and is not the end") }
        guard claimed <= UInt32(maximumContentBytes) else {
            throw Defect(.frameTooLarge, "it claims \(claimed) bytes of content; 64 KiB is the limit")
        }
        return Int(claimed)
    }

    /// A member whose content, at most 65,280 bytes, is in one stored block: the only form of the tail's members.
    static func stored(_ content: some Collection<UInt8>) -> [UInt8] {
        let content = Array(content)
        var member = beginning
        member.reserveCapacity(storedOverhead + content.count)
        member.append(littleEndian: UInt16(storedOverhead + content.count - 1))
        member.append(1)
        member.append(littleEndian: UInt16(content.count))
        member.append(littleEndian: ~UInt16(content.count))
        member += content
        member.append(littleEndian: content.withUnsafeBytes { crc32($0) })
        member.append(littleEndian: UInt32(content.count))
        return member
    }

    static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        libdeflate_crc32(0, bytes.baseAddress, bytes.count)
    }
}
