internal import BundleFormat
internal import Cryptography
internal import Glibc

/// Who this program is: its version, and the digest of the very file that runs.
enum ToolIdentity {
    static let name = "exhibit"
    static let version = "0.1.0"

    static var versionText: String {
        "\(version)\(digest.map { " sha256:\($0)" } ?? "")"
    }

    /// SHA-256 of the executable in hex; nil when it cannot be read.
    static let digest: String? = {
        let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return hash.finalize().hex }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        }
    }()

    static var tool: OpeningRecord.Tool { .init(name: name, version: version, sha256: digest) }
}
