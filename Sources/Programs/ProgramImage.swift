internal import CMemory

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A program held in memory, which nobody can change any more: what was looked at is what runs.
///
/// A script runs from it, too; its interpreter is the system's.
public final class ProgramImage: Sendable {
    private let descriptor: Int32

    /// Reads a file's bytes, at most `limit` of them, through one open descriptor.
    ///
    /// - Throws: ``ProgramError/Code/notFound`` or ``ProgramError/Code/notExecutable``.
    public static func bytes(of path: String, limit: Int) throws(ProgramError) -> [UInt8] {
        var bytes: [UInt8] = []
        try pieces(of: path, limit: limit) { bytes += $0 }
        return bytes
    }

    /// The same, a piece at a time.
    public static func pieces(
        of path: String, limit: Int, _ piece: (ArraySlice<UInt8>) -> Void
    ) throws(ProgramError) {
        try ProgramSearch.check(path)
        func fail(_ reason: String) -> ProgramError {
            ProgramError(code: .notExecutable, subject: path, reason: reason)
        }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw fail(String(cString: strerror(errno))) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw fail("it is not a file") }
        var total = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count == 0 { return }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw fail(String(cString: strerror(errno))) }
            total += count
            guard total <= limit else { throw fail("it is larger than \(limit) bytes") }
            piece(chunk[..<count])
        }
    }

    /// - Parameter name: for who looks at processes.
    public init(_ bytes: [UInt8], name: String) throws(ProgramError) {
        let file = try MemoryFile(bytes, name: String(name.prefix(100)))
        descriptor = dup(file.descriptor)
        guard descriptor >= 0,
            fcntl(descriptor, EXHIBIT_ADD_SEALS, EXHIBIT_SEAL_ALL) == 0
        else {
            throw ProgramError(
                code: .startFailed, subject: name, reason: "it cannot be sealed: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// What to run, as long as this lives.
    public var executable: String { "/proc/\(getpid())/fd/\(descriptor)" }
}
