internal import Archive
internal import BundleFormat
internal import Glibc

/// `<bundle>.attest`: what happened to a bundle after its seal, appended line by line (section 10).
public enum Sidecar {
    static let reading = "reading the records beside the bundle"

    /// Where the records of a bundle are, if nobody says otherwise: beside it, `.attest` behind its name.
    public static func defaultPath(for bundle: String) -> String {
        var name = bundle[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        let last = name.split(separator: "/").last
        if last == nil || last == "." || last == "..", let resolved = realpath(bundle, nil) {
            defer { free(resolved) }
            return String(cString: resolved) + ".attest"
        }
        return name + ".attest"
    }

    /// Opens it without following a link, and without hanging on a FIFO; nil when there is none.
    ///
    /// - Parameter flags: O_RDONLY or O_RDWR, and more.
    static func open(_ path: String, flags: Int32, doing: String) throws(BundleError) -> Int32? {
        let descriptor = Glibc.open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(errno, doing: doing, path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw BundleError(
                code: .badRecords, doing: doing, subject: path, reason: "it is not a regular file",
                advice: "name the file itself")
        }
        return descriptor
    }

    /// Reads it as a whole; nil when there is none.
    ///
    /// - Throws: `readFailed`, `tooLarge`, `damaged` when it is no regular file.
    static func read(_ path: String) throws(BundleError) -> SidecarContent? {
        guard let descriptor = try open(path, flags: O_RDONLY, doing: reading) else { return nil }
        defer { close(descriptor) }
        return try read(descriptor, path)
    }

    static func read(_ descriptor: Int32, _ path: String) throws(BundleError) -> SidecarContent {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno, doing: reading, path) }
        guard status.st_size <= FormatLimits.attestationBytes else {
            throw BundleError(
                code: .tooLarge, doing: reading, subject: path,
                reason: "it has \(status.st_size) bytes, more than \(FormatLimits.attestationBytes)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[filled...]).baseAddress, $0.count - filled,
                    off_t(filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno, doing: reading, path) }
            if count == 0 { break }
            filled += count
        }
        return SidecarContent(bytes[..<filled])
    }

    static func failure(_ number: Int32, doing: String, _ path: String) -> BundleError {
        let reason =
            number == ELOOP ? "it is a symbolic link, which is not followed" : String(cString: strerror(number))
        let code: BundleError.Code =
            switch number {
            case ELOOP: .badRecords
            case ENOSPC, EDQUOT, EFBIG: .noSpace
            default: doing == reading ? .readFailed : .writeFailed
            }
        return BundleError(code: code, doing: doing, subject: path, reason: reason)
    }
}

/// The bytes of a sidecar, cut into lines.
struct SidecarContent: Sendable {
    /// Without their LF.
    var lines: [ArraySlice<UInt8>] = []
    /// What stands behind the last LF: nothing, or what an append that was cut off left behind.
    var tail: ArraySlice<UInt8> = []
    /// Bytes through the last LF.
    var wholeBytes = 0

    init() {}

    init(_ bytes: ArraySlice<UInt8>) {
        var start = bytes.startIndex
        // One line more than can be right: then it is known that there are too many.
        while let end = bytes[start...].firstIndex(of: 0x0A), lines.count <= FormatLimits.attestationRecords {
            lines.append(bytes[start..<end])
            start = end + 1
        }
        tail = bytes[start...]
        wholeBytes = start - bytes.startIndex
    }
}
