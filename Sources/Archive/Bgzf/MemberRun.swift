/// Members that follow each other, as they stand in the file: what one task decompresses.
struct MemberRun: Sendable {
    /// One member: its size in the file, and that of its content as its trailer claims it.
    struct Member: Sendable {
        var bytes: Int
        var contentBytes: Int
    }

    /// Of the first member, from 0.
    var number: Int
    var fileOffset: UInt64
    var tarOffset: UInt64
    var members: [Member]
    var contentBytes: Int
    var bytes: [UInt8]

    /// The members with these bytes of the tar stream; `offset` is inside the run, `count` may lead behind it.
    func part(from offset: UInt64, count: UInt64) -> MemberRun {
        let (sum, overflow) = offset.addingReportingOverflow(count)
        let end = overflow ? .max : sum
        var part = self
        part.members = []
        part.contentBytes = 0
        var fileEnd = 0, tarEnd = tarOffset, skipped = 0
        for member in members {
            let next = tarEnd + UInt64(member.contentBytes)
            if next <= offset {
                skipped += member.bytes
                part.number += 1
                part.tarOffset = next
            } else if tarEnd < end {
                part.members.append(member)
                part.contentBytes += member.contentBytes
            } else {
                break
            }
            fileEnd += member.bytes
            tarEnd = next
        }
        part.fileOffset += UInt64(skipped)
        part.bytes = Array(bytes[skipped..<fileEnd])
        return part
    }
}

extension MemberDecompressor: PieceDecoder {
    static func contentBytes(of run: MemberRun) -> Int { run.contentBytes }

    mutating func decode(
        _ run: MemberRun, into buffer: UnsafeMutableRawBufferPointer, file: String
    ) -> DecodedPiece {
        run.bytes.withUnsafeBytes { bytes in
            var offset = 0, count = 0
            for (index, member) in run.members.enumerated() {
                do throws(Defect) {
                    try decompress(
                        UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + member.bytes)]),
                        into: UnsafeMutableRawBufferPointer(
                            rebasing: buffer[count..<(count + member.contentBytes)]))
                } catch {
                    let place = CompressedFrame.error(
                        error, unit: "gzip member", number: run.number + index,
                        fileOffset: run.fileOffset + UInt64(offset), tarOffset: run.tarOffset + UInt64(count),
                        contentBytes: member.contentBytes, file: file)
                    return DecodedPiece(count: count, failure: place)
                }
                offset += member.bytes
                count += member.contentBytes
            }
            return DecodedPiece(count: count)
        }
    }
}
