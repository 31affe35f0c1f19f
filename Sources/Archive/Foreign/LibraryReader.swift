internal import CArchive

/// A reader of libarchive(3), whose every answer is looked at.
///
/// A fatal answer is remembered: libarchive would otherwise answer the next call, too, and never with an end.
final class LibraryReader {
    let handle: OpaquePointer
    private(set) var isDead = false

    init() throws(ArchiveError) {
        guard let handle = archive_read_new() else {
            throw ArchiveError(.compressionFailed, doing: "opening an archive", reason: "there is no memory for it")
        }
        self.handle = handle
    }

    deinit {
        archive_read_free(handle)
    }

    /// The reason of the last answer, printable.
    var reason: String {
        guard let text = archive_error_string(handle) else { return "the archive is damaged" }
        return ForeignPath.text(String(cString: text).utf8.prefix(300))
    }

    /// Enables a format or filter. That libarchive was built to run another program for it is a refusal.
    func enable(_ answer: Int32) throws(ArchiveError) {
        guard answer == ARCHIVE_OK else {
            throw ArchiveError(.misuse, doing: "opening an archive", reason: "libarchive lacks a reader: \(reason)")
        }
    }

    /// The next entry; nil at the end.
    ///
    /// - Returns: The entry, which is libarchive's and lives until the next call.
    func nextHeader() throws(Defect) -> OpaquePointer? {
        guard !isDead else { throw Defect(.badHeader, reason) }
        var entry: OpaquePointer?
        let answer = archive_read_next_header(handle, &entry)
        switch answer {
        case ARCHIVE_OK, ARCHIVE_WARN: return entry
        case ARCHIVE_EOF:
            isDead = true
            return nil
        default:
            isDead = true
            throw Defect(.badHeader, reason)
        }
    }

    /// The next bytes of the entry, lent until the next call, and where they belong; nil at the end.
    func nextBlock() throws(Defect) -> (bytes: UnsafeRawBufferPointer, offset: UInt64)? {
        guard !isDead else { throw Defect(.truncated, reason) }
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let answer = archive_read_data_block(handle, &start, &count, &offset)
        switch answer {
        case ARCHIVE_OK: return (UnsafeRawBufferPointer(start: start, count: count), UInt64(max(offset, 0)))
        case ARCHIVE_EOF: return nil
        default:
            if answer <= ARCHIVE_FATAL { isDead = true }
            throw Defect(.truncated, reason)
        }
    }
}
