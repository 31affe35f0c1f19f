internal import CArchive
internal import Glibc

/// A file as it comes out of its compression, of which there is one or none, as a source of a reader of tar.
///
/// This is a reader of its own, so that what it unpacks can be counted and all of it be seen, also behind the end of the tar stream.
final class UnpackedFile {
    private let reader: LibraryReader
    private let limit: UInt64
    private let fileSize: UInt64
    /// What went wrong here, which is the cause of what the reader of tar then says.
    private(set) var defect: Defect?
    /// Bytes that were handed out.
    private(set) var unpacked: UInt64 = 0
    private var last: UnsafeRawBufferPointer?
    private var isEnded = false
    private var lastBlock = [UInt8](repeating: 1, count: 512)

    /// - Parameter descriptor: of a regular file, which must stay open.
    init(_ descriptor: Int32, name: String, size: UInt64, limits: ForeignLimits) throws(ArchiveError) {
        reader = try LibraryReader()
        fileSize = size
        limit = limits.bytes(ofFile: size)
        try reader.enable(archive_read_support_format_raw(reader.handle))
        try reader.enable(archive_read_support_filter_gzip(reader.handle))
        try reader.enable(archive_read_support_filter_xz(reader.handle))
        try reader.enable(archive_read_support_filter_zstd(reader.handle))
        try reader.enable(archive_read_support_filter_bzip2(reader.handle))
        do throws(Defect) {
            guard archive_read_open_fd(reader.handle, descriptor, 1 << 16) == ARCHIVE_OK else {
                throw Defect(.notAnArchive, reader.reason)
            }
            guard try reader.nextHeader() != nil else { throw Defect(.notAnArchive, "the file is empty") }
        } catch {
            throw ArchiveError(.notAnArchive, doing: "opening an archive", subject: name, reason: error.reason)
        }
        // libarchive would unpack 25 layers. The last that it counts is the file itself.
        guard archive_filter_count(reader.handle) <= 2 else {
            throw ArchiveError(
                .notAnArchive, doing: "opening an archive", subject: name,
                reason: "it is compressed more than once",
                advice: "Unpack it once, by hand, and look at what comes out.")
        }
    }

    /// The next bytes, lent until the next call; nil at the end, or when ``defect`` says why there are no more.
    func next() -> UnsafeRawBufferPointer? {
        guard !isEnded, defect == nil else { return nil }
        do throws(Defect) {
            while let block = try reader.nextBlock() {
                if block.bytes.isEmpty { continue }
                unpacked += UInt64(block.bytes.count)
                guard unpacked <= limit else {
                    throw Defect(
                        .frameTooLarge,
                        "\(fileSize) bytes become more than \(limit) when they are unpacked, which no capture does")
                }
                last = block.bytes
                if block.bytes.count >= 512 {
                    lastBlock.withUnsafeMutableBytes { $0.copyMemory(from: .init(rebasing: block.bytes.suffix(512))) }
                }
                return block.bytes
            }
            isEnded = true
        } catch {
            defect = error
        }
        last = nil
        return nil
    }

    /// Reads on behind the end of the tar stream, which was at `position`, and says what is wrong there; nil: only zeros.
    func finish(tarEnd position: UInt64) -> Defect? {
        var rest = last.map {
            UnsafeRawBufferPointer(rebasing: $0.suffix(Int(clamping: unpacked - min(position, unpacked))))
        }
        repeat {
            if rest?.contains(where: { $0 != 0 }) == true { return .bytesBehindTheEnd }
            rest = next()
        } while rest != nil
        if let defect { return defect }
        if lastBlock.contains(where: { $0 != 0 }) {
            return Defect(.badEndMarker, "it has no end marker: what came behind may have been cut off")
        }
        let read = UInt64(max(archive_filter_bytes(reader.handle, -1), 0))
        guard read >= fileSize else {
            return Defect(.trailingBytes, "\(fileSize - read) bytes behind the end of what is compressed were not read")
        }
        return nil
    }
}
