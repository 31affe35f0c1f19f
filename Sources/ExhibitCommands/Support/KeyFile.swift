internal import Cryptography
internal import Glibc

/// Why a key file or a file of trust anchors could not be used.
struct KeyFileError: Error, CustomStringConvertible {
    var description: String
    let status = ExitStatus.badKey
}

/// Reads small files that the operator names: keys and trust anchors.
enum KeyFile {
    /// More is no key file.
    private static let maxBytes = 4 << 20

    /// The private key to sign with. Refused when others may read it, as ssh does.
    static func privateKey(_ path: String) throws -> SSHPrivateKey {
        let bytes = try read(path, what: "signing key", secret: true)
        return try SSHPrivateKey(parsing: bytes, subject: path)
    }

    static func read(
        _ path: String, what: String, secret: Bool = false, limit: Int = maxBytes
    ) throws -> [UInt8] {
        func failure(_ reason: String, _ advice: String) -> KeyFileError {
            KeyFileError(description: "reading the \(what) \(path): \(reason). \(advice)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno)), "Name a file that you can read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("it is not a regular file", "Name the file itself")
        }
        if secret, status.st_mode & 0o077 != 0 {
            throw failure("others can read it", "Make it yours alone: chmod 600 \(path)")
        }
        guard status.st_size <= limit else {
            throw failure("it has \(status.st_size) bytes", "A \(what) has at most \(limit) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(String(cString: strerror(errno)), "Try again") }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}
