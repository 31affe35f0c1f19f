/// Walks through a `.tar.zst` and cuts it into frames, refusing what format.md, section 9.2 does not allow.
///
/// It decompresses nothing: frame and block headers say where a frame ends. The tail is compared byte for byte with the
/// table of the frames that went by.
struct FrameScanner: PieceScanner {
    private let file: String
    private var buffer: SourceBuffer
    private var table = SeekTable()
    private var tarOffset: UInt64 = 0
    /// The locator, once the tail was reached.
    private(set) var locator: Locator?

    init(_ source: any ContainerSource) {
        file = source.name
        buffer = SourceBuffer(source)
    }

    /// The next frame with content; nil when the last was given and the tail is right to its last byte.
    mutating func next() throws(ArchiveError) -> CompressedFrame? {
        if locator != nil { return nil }
        var contentBytes: Int?
        do {
            guard try buffer.ensure(4) else { throw truncated() }
            let magic = buffer.bytes.littleEndian(at: buffer.begin, as: UInt32.self)
            if magic & 0xFFFF_FFF0 == 0x184D_2A50 {
                try readTail()
                return nil
            }
            _ = try buffer.ensure(ZstdFrame.largestHeader)
            let header = try ZstdFrame.header(in: buffer.bytes, at: buffer.begin, end: buffer.end)
            guard let header else { throw truncated() }
            contentBytes = header.contentBytes
            guard table.rows.count < ZstdFrame.maximumFrames else {
                throw Defect(.tooManyFrames, "more than \(ZstdFrame.maximumFrames) frames")
            }
            let length = try frameLength(header)
            let frame = CompressedFrame(
                number: table.rows.count, fileOffset: buffer.offset, tarOffset: tarOffset,
                contentBytes: header.contentBytes, bytes: buffer.take(length))
            table.rows.append(
                SeekTable.Row(compressed: UInt32(length), decompressed: UInt32(header.contentBytes)))
            tarOffset += UInt64(header.contentBytes)
            return frame
        } catch let defect as Defect {
            throw error(defect, contentBytes: contentBytes)
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw self.error(Defect(.readFailed, "\(error)"), contentBytes: nil)
        }
    }

    /// Bytes from the frame's magic number through its checksum, all of them available.
    private mutating func frameLength(_ header: ZstdFrame.Header) throws -> Int {
        var length = header.bytes
        var isLast = false
        while !isLast {
            guard try buffer.ensure(length + 3) else { throw truncated() }
            let block = try ZstdFrame.block(in: buffer.bytes, at: buffer.begin + length)
            length += 3 + block.bytes
            isLast = block.isLast
            guard length <= ZstdFrame.maximumFrameBytes else {
                throw Defect(.frameTooLarge, "it takes more than \(ZstdFrame.maximumFrameBytes) bytes of the file")
            }
        }
        length += ZstdFrame.checksumBytes
        guard try buffer.ensure(length) else { throw truncated() }
        return length
    }

    private mutating func readTail() throws {
        guard buffer.bytes.littleEndian(at: buffer.begin, as: UInt32.self) == ZstdFrame.locatorMagic else {
            throw Defect(.forbiddenSkippableFrame, "a skippable frame other than the locator")
        }
        guard try buffer.ensure(SeekTable.locatorFrameBytes) else { throw truncated() }
        let found = buffer.take(SeekTable.locatorFrameBytes)
        guard let locator = Locator(decoding: found[SeekTable.skippableHeaderBytes...]),
            found == SeekTable.locatorFrame(locator)
        else { throw Defect(.badLocator, "the locator is malformed") }
        guard locator.tarLength == tarOffset else {
            throw Defect(.badLocator, "the locator says \(locator.tarLength) bytes of tar, there are \(tarOffset)")
        }
        guard try buffer.ensure(SeekTable.skippableHeaderBytes) else { throw truncated() }
        guard buffer.bytes.littleEndian(at: buffer.begin, as: UInt32.self) == ZstdFrame.seekTableMagic else {
            throw Defect(.forbiddenSkippableFrame, "the locator is not followed by the seek table")
        }
        let expected = table.encoded
        guard buffer.bytes[(buffer.begin + 4)..<(buffer.begin + 8)].elementsEqual(expected[4..<8]) else {
            throw Defect(.badSeekTable, "the seek table has not the size for \(table.rows.count) frames")
        }
        guard try buffer.ensure(expected.count) else { throw truncated() }
        guard buffer.take(expected.count) == expected else {
            throw Defect(.badSeekTable, "the seek table is not the one of these frames")
        }
        guard try !buffer.ensure(1) else {
            throw Defect(.trailingBytes, "there are bytes behind the seek table")
        }
        self.locator = locator
    }

    private func truncated() -> Defect {
        Defect(.truncated, "the file ends here, at \(buffer.offset + UInt64(buffer.available)) bytes")
    }

    private func error(_ defect: Defect, contentBytes: Int?) -> ArchiveError {
        CompressedFrame.error(
            defect, number: table.rows.count, fileOffset: buffer.offset, tarOffset: tarOffset,
            contentBytes: contentBytes, file: file)
    }
}
