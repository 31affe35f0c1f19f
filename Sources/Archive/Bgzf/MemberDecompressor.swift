import CDeflate

/// A libdeflate decompression context. It is reused from member to member.
struct MemberDecompressor: ~Copyable {
    private let context: OpaquePointer
    private var grammar = DeflateGrammar()

    init() throws(ArchiveError) {
        guard let context = libdeflate_alloc_decompressor() else {
            throw ArchiveError(.compressionFailed, doing: "preparing decompression", reason: "out of memory")
        }
        self.context = context
    }

    deinit {
        libdeflate_free_decompressor(context)
    }

    /// Decompresses one member, whose header and claimed content size the scanner has looked at. Its deflate stream must
    /// end with the last byte before the trailer, its content must fill `content` and have the trailer's checksum.
    mutating func decompress(
        _ member: UnsafeRawBufferPointer, into content: UnsafeMutableRawBufferPointer
    ) throws(Defect) {
        let stream = UnsafeRawBufferPointer(
            rebasing: member[GzipMember.headerBytes..<(member.count - GzipMember.trailerBytes)])
        var used = 0
        // Without a place for the size of the content, any other than that of `content` is a failure.
        let result = libdeflate_deflate_decompress_ex(
            context, stream.baseAddress, stream.count, content.baseAddress, content.count, &used, nil)
        switch result {
        case LIBDEFLATE_SUCCESS: break
        case LIBDEFLATE_SHORT_OUTPUT, LIBDEFLATE_INSUFFICIENT_SPACE:
            throw Defect(.badFrame, "it has not the \(content.count) bytes of content that its trailer claims")
        default:
            throw Defect(.badFrame, "it is damaged: its deflate stream is malformed")
        }
        guard used == stream.count else {
            throw Defect(.badFrame, "its deflate stream ends \(stream.count - used) bytes before the member does")
        }
        try grammar.check(
            UnsafeRawBufferPointer(rebasing: member[GzipMember.headerBytes...]), count: stream.count)
        let checksum = member.loadUnaligned(
            fromByteOffset: member.count - GzipMember.trailerBytes, as: UInt32.self)
        guard UInt32(littleEndian: checksum) == GzipMember.crc32(UnsafeRawBufferPointer(content)) else {
            throw Defect(.badFrame, "it is damaged: its content has another checksum than its trailer")
        }
    }
}
