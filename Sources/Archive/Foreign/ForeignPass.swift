internal import CArchive
internal import Glibc

/// One way through a ``ForeignArchive``.
final class ForeignPass {
    private let archive: ForeignArchive
    private let reader: LibraryReader
    /// What the reader reads from; nil for a zip, which it reads itself.
    private let unpacked: UnpackedFile?
    private let limit: UInt64
    private var taken: UInt64 = 0
    private var lastComplete: String?
    private var failure: Defect?

    init(zip descriptor: Int32, size: UInt64, archive: ForeignArchive) throws(ArchiveError) {
        self.archive = archive
        limit = archive.limits.bytes(ofFile: size)
        unpacked = nil
        reader = try LibraryReader()
        // The one that reads the directory at the end: what is not in it is in the archive for no other tool.
        try reader.enable(archive_read_support_format_zip_seekable(reader.handle))
        guard archive_read_open_fd(reader.handle, descriptor, 1 << 16) == ARCHIVE_OK else {
            throw archive.failure(.notAnArchive, reader.reason)
        }
    }

    init(tar descriptor: Int32, size: UInt64, archive: ForeignArchive) throws(ArchiveError) {
        self.archive = archive
        limit = .max
        let unpacked = try UnpackedFile(descriptor, name: archive.path, size: size, limits: archive.limits)
        self.unpacked = unpacked
        reader = try LibraryReader()
        try reader.enable(archive_read_support_format_tar(reader.handle))
        let answer = archive_read_open(
            reader.handle, Unmanaged.passUnretained(unpacked).toOpaque(), nil,
            { _, source, start in
                guard let source, let start else { return -1 }
                let unpacked = Unmanaged<UnpackedFile>.fromOpaque(source).takeUnretainedValue()
                guard let bytes = unpacked.next() else { return unpacked.defect == nil ? 0 : -1 }
                start.pointee = bytes.baseAddress
                return bytes.count
            }, nil)
        guard answer == ARCHIVE_OK else {
            throw archive.failure(
                .notAnArchive, unpacked.defect?.reason ?? "it is neither tar nor zip, be it compressed or not")
        }
    }

    func run(_ body: (ForeignEntry, ForeignContent) throws -> Void) throws {
        var count = 0
        while let header = try next(isFirst: count == 0) {
            count += 1
            guard count <= archive.limits.entries else {
                throw error(Defect(.tooManyFrames, "it has more than \(archive.limits.entries) entries"))
            }
            let entry = Self.entry(header)
            try body(entry, ForeignContent(self, size: entry.size))
            if let failure { throw error(failure) }
            lastComplete = ArchiveError.printable(entry.path)
        }
        let position = UInt64(max(archive_filter_bytes(reader.handle, 0), 0))
        if let defect = unpacked?.finish(tarEnd: position) { throw error(defect) }
    }

    private func next(isFirst: Bool) throws(ArchiveError) -> OpaquePointer? {
        do {
            return try reader.nextHeader()
        } catch {
            if isFirst, unpacked?.defect == nil {
                throw archive.failure(.notAnArchive, "it is neither tar nor zip (\(error.reason))")
            }
            throw self.error(unpacked?.defect ?? error)
        }
    }

    /// The next bytes of an entry that has `size`, of which `offset` are had.
    fileprivate func piece(at offset: UInt64) throws(Defect) -> [UInt8]? {
        do throws(Defect) {
            guard let block = try reader.nextBlock() else { return nil }
            guard block.offset == offset else { throw Defect(.forbiddenType, "it is sparse: it has holes") }
            taken += UInt64(block.bytes.count)
            if taken > limit {
                let reason = "what is unpacked is more than \(limit) bytes, which no capture of this size has"
                failure = Defect(.frameTooLarge, reason)
                throw Defect(.frameTooLarge, reason)
            }
            return Array(block.bytes)
        } catch {
            let cause = unpacked?.defect ?? error
            if reader.isDead { failure = failure ?? cause }
            throw cause
        }
    }

    private func error(_ defect: Defect) -> ArchiveError {
        var error = ArchiveError(defect.code, doing: "reading an archive", subject: archive.path, reason: defect.reason)
        error.lastCompleteEntry = lastComplete
        return error
    }

    private static func entry(_ header: OpaquePointer) -> ForeignEntry {
        let path = bytes(archive_entry_pathname(header)) ?? []
        return ForeignEntry(path: path, kind: kind(header), size: UInt64(max(archive_entry_size(header), 0)))
    }

    private static func kind(_ header: OpaquePointer) -> ForeignEntry.Kind {
        if let target = archive_entry_hardlink(header) { return .hardLink(bytes(target) ?? []) }
        switch archive_entry_filetype(header) {
        case S_IFREG:
            if archive_entry_is_encrypted(header) != 0 { return .unreadable("it is encrypted") }
            if archive_entry_sparse_reset(header) > 0 { return .unreadable("it is sparse: it has holes") }
            return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .symbolicLink(bytes(archive_entry_symlink(header)) ?? [])
        case S_IFIFO: return .special("a FIFO")
        case S_IFCHR, S_IFBLK: return .special("a device")
        case S_IFSOCK: return .special("a socket")
        default: return .special("of an unknown type")
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        text.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
}

/// The content of the entry at hand, to be read once and only inside of the call that it was given to.
public struct ForeignContent {
    private let pass: ForeignPass
    private let size: UInt64

    init(_ pass: ForeignPass, size: UInt64) {
        self.pass = pass
        self.size = size
    }

    /// Hands out the content in pieces.
    ///
    /// - Returns: Why what was handed out is not all of it, or not what its size says; nil when it is.
    /// - Throws: What `body` throws.
    public func pieces(_ body: (ArraySlice<UInt8>) throws -> Void) throws -> String? {
        var offset: UInt64 = 0
        while true {
            let piece: [UInt8]
            do throws(Defect) {
                guard let next = try pass.piece(at: offset) else { break }
                piece = next
            } catch {
                return error.reason
            }
            if piece.isEmpty { continue }
            try body(piece[...])
            offset += UInt64(piece.count)
        }
        return offset == size ? nil : "it has \(offset) bytes; \(size) were announced"
    }
}
