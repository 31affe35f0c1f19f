import CDeflate

/// A libdeflate compression context that makes members of BGZF. It is reused from member to member.
struct MemberCompressor: ~Copyable {
    /// Levels of libdeflate: 1 is fast, 12 is small.
    static let levels = 1...12

    private let context: OpaquePointer

    init(level: Int) throws(ArchiveError) {
        guard let context = libdeflate_alloc_compressor(Int32(level)) else {
            throw ArchiveError(.compressionFailed, doing: "preparing compression", reason: "out of memory")
        }
        self.context = context
    }

    deinit {
        libdeflate_free_compressor(context)
    }

    /// Compresses content to members of at most 65,280 bytes of it each. A member that would grow is stored.
    mutating func compress(_ content: [UInt8]) -> CompressedJob {
        var parts: [CompressedJob.Part] = []
        let piece = GzipMember.writtenContentBytes
        let members = (content.count + piece - 1) / piece
        let bound = content.count + members * GzipMember.storedOverhead
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            content.withUnsafeBytes { content in
                for start in stride(from: 0, to: content.count, by: piece) {
                    let input = UnsafeRawBufferPointer(rebasing: content[start..<min(start + piece, content.count)])
                    let room = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    let size = writeMember(input, to: room)
                    count += size
                    parts.append(CompressedJob.Part(bytes: size, contentBytes: input.count))
                }
            }
        }
        return CompressedJob(bytes: bytes, parts: parts)
    }

    /// Writes one member to the front of `room`, which holds it even when it is stored; returns its size.
    private mutating func writeMember(_ content: UnsafeRawBufferPointer, to room: UnsafeMutableRawBufferPointer) -> Int
    {
        let header = GzipMember.headerBytes, trailer = GzipMember.trailerBytes
        // Less room than a stored block takes, so that nothing is compressed that gains nothing.
        let compressed = libdeflate_deflate_compress(
            context, content.baseAddress, content.count, room.baseAddress?.advanced(by: header), content.count + 4)
        let stream = compressed > 0 ? compressed : content.count + 5
        let size = header + stream + trailer
        room.copyBytes(from: GzipMember.beginning)
        room.storeBytes(of: UInt16(size - 1).littleEndian, toByteOffset: header - 2, as: UInt16.self)
        if compressed == 0 {
            room[header] = 1
            room.storeBytes(of: UInt16(content.count).littleEndian, toByteOffset: header + 1, as: UInt16.self)
            room.storeBytes(of: (~UInt16(content.count)).littleEndian, toByteOffset: header + 3, as: UInt16.self)
            UnsafeMutableRawBufferPointer(rebasing: room[(header + 5)...]).copyMemory(from: content)
        }
        let end = header + stream
        room.storeBytes(of: GzipMember.crc32(content).littleEndian, toByteOffset: end, as: UInt32.self)
        room.storeBytes(of: UInt32(content.count).littleEndian, toByteOffset: end + 4, as: UInt32.self)
        return size
    }
}
