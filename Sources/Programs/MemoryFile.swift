internal import CMemory

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file that is nowhere but in memory. A program that reads its input from one can neither block its writer nor break a pipe.
struct MemoryFile: ~Copyable {
    let descriptor: Int32

    init(_ bytes: [UInt8], name: String) throws(ProgramError) {
        descriptor = memfd_create(name, UInt32(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        guard descriptor >= 0 else { throw Self.failed(name) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failed(name) }
            rest = rest.dropFirst(count)
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failed(name) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static func failed(_ name: String) -> ProgramError {
        ProgramError(
            code: .startFailed, subject: name,
            reason: "there is no room in memory for its input: \(String(cString: strerror(errno)))")
    }
}
