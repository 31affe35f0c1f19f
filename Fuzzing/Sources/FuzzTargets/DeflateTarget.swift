internal import CDeflate

@testable import Archive

extension FuzzTarget {
    /// A deflate stream in a member of BGZF: what is accepted, zlib reads to the same bytes.
    static let deflate = FuzzTarget("deflate") {
        [
            ("fixed", stream(of: Array("hello hello hello".utf8), level: 1)),
            ("dynamic", stream(of: Array(String(repeating: "a log line that says 17\n", count: 40).utf8), level: 12)),
            ("stored", [1, 3, 0, 0xFC, 0xFF, 1, 2, 3]),
        ]
    } run: { input in
        guard input.count + GzipMember.headerBytes + GzipMember.trailerBytes <= GzipMember.maximumBytes else { return }
        let limit = GzipMember.maximumContentBytes
        guard let context = libdeflate_alloc_decompressor() else { return }
        defer { libdeflate_free_decompressor(context) }
        var used = 0, produced = 0
        var result = LIBDEFLATE_BAD_DATA
        let content = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            result = libdeflate_deflate_decompress_ex(
                context, input, input.count, buffer.baseAddress, limit, &used, &produced)
            count = result == LIBDEFLATE_SUCCESS ? produced : 0
        }
        guard result == LIBDEFLATE_SUCCESS, !content.isEmpty else { return }
        // A member around the stream that is right in every other way.
        var member = GzipMember.beginning
        let streamBytes = Array(input.prefix(used))
        member.append(littleEndian: UInt16(member.count + 2 + streamBytes.count + GzipMember.trailerBytes - 1))
        member += streamBytes
        member.append(littleEndian: content.withUnsafeBytes { GzipMember.crc32($0) })
        member.append(littleEndian: UInt32(content.count))
        var decompressor = try MemberDecompressor()
        var room = [UInt8](repeating: 0, count: content.count)
        let defect = member.withUnsafeBytes { member in
            room.withUnsafeMutableBytes { room in refusal { try decompressor.decompress(member, into: room) } }
        }
        if defect != nil { return }
        guard let zlib = inflated(streamBytes, windowBits: -15, limit: limit) else {
            return require(false, "zlib reads a deflate stream that is accepted")
        }
        require(zlib.content == content, "zlib gives the same content")
        require(zlib.used == streamBytes.count, "zlib reads the stream to its last byte")
        require(room == content, "the content is the same as without the check of the grammar")
    }

    private static func stream(of content: [UInt8], level: Int) -> [UInt8] {
        guard var compressor = try? MemberCompressor(level: level) else { return [] }
        return Array(
            compressor.compress(content).bytes.dropFirst(GzipMember.headerBytes).dropLast(GzipMember.trailerBytes))
    }
}
