internal import CArchive
internal import Glibc

/// An archive that another tool made: tar (ustar, pax, GNU), plain or once compressed by gzip, xz, zstd or bzip2, or zip.
///
/// It is read by libarchive with only these readers, front to back, without unpacking anything to disk. No path, type or size
/// in it is believed; see ``ForeignPath`` for paths.
public struct ForeignArchive: Sendable {
    public let path: String
    public let limits: ForeignLimits

    public init(path: String, limits: ForeignLimits = ForeignLimits()) {
        self.path = path
        self.limits = limits
    }

    /// Passes through the archive once, from its front.
    ///
    /// - Parameter body: is given each entry; may read all, part or nothing of its content.
    /// - Throws: ``ArchiveError``, behind the entries that came before the failure: `notAnArchive`, `readFailed`, `truncated`,
    ///   `trailingBytes`, `badHeader`, `badEndMarker`, `frameTooLarge` (a bomb), `tooManyFrames` (entries); what `body` throws.
    public func pass(_ body: (ForeignEntry, ForeignContent) throws -> Void) throws {
        let (descriptor, size) = try open()
        defer { close(descriptor) }
        // libarchive gives names of a zip that are said to be UTF-8 in the encoding of the thread's locale, or not at all.
        let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
        let former = locale.map { uselocale($0) }
        defer {
            if let former { uselocale(former) }
            if let locale { freelocale(locale) }
        }
        let pass =
            if Self.isZip(descriptor) {
                try ForeignPass(zip: descriptor, size: size, archive: self)
            } else {
                try ForeignPass(tar: descriptor, size: size, archive: self)
            }
        try pass.run(body)
    }

    /// Opens the file. Links in its name are the caller's own.
    private func open() throws(ArchiveError) -> (descriptor: Int32, size: UInt64) {
        // O_NONBLOCK: opening a FIFO must not hang.
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.readFailed, String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw failure(.notAnArchive, "it is neither a file nor a folder")
        }
        return (descriptor, UInt64(status.st_size))
    }

    func failure(_ code: ArchiveError.Code, _ reason: String) -> ArchiveError {
        ArchiveError(code, doing: "opening an archive", subject: path, reason: reason)
    }

    /// The first bytes decide. A zip with something before it is none.
    private static func isZip(_ descriptor: Int32) -> Bool {
        var magic = [UInt8](repeating: 0, count: 4)
        guard pread(descriptor, &magic, 4, 0) == 4 else { return false }
        return magic == [0x50, 0x4B, 3, 4] || magic == [0x50, 0x4B, 5, 6]
    }
}
