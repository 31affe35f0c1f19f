internal import Cryptography
internal import Glibc

/// Why a case key could not be read or made.
public struct CaseKeyError: Error, Sendable, CustomStringConvertible {
    public var description: String
}

/// The key of a case: 32 random bytes that the operator keeps and no bundle holds (format.md section 12).
///
/// The same key over several captures of one case makes equal secret values comparable between them.
public struct CaseKey: Sendable {
    private let bytes: [UInt8]

    /// - Parameter bytes: exactly 32.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `hmac-sha256:` and the first 32 hex digits of HMAC-SHA-256(key, "exhibit-secret-v1" ‖ 0x00 ‖ value).
    public func token(for value: [UInt8]) -> String {
        "hmac-sha256:"
            + HMACSHA256.authenticationCode(of: Array("exhibit-secret-v1\0".utf8) + value, key: bytes).hex.prefix(32)
    }

    /// A key that is gone with the run: secret values are comparable within its bundle only.
    public static func forOneRun() throws -> CaseKey {
        CaseKey(bytes: try SecureRandom.bytes(32))
    }

    /// Reads a key file (64 hex digits and a LF), or makes it with mode 0600 when it is not there.
    public static func loadOrCreate(path: String) throws(CaseKeyError) -> CaseKey {
        if let existing = try load(path: path) { return existing }
        let parts = path.split(separator: "/").dropLast()
        var folder = path.hasPrefix("/") ? "" : "."
        for part in parts {
            folder += "/" + part
            if mkdir(folder, 0o700) != 0, errno != EEXIST {
                throw CaseKeyError(
                    description:
                        "making the folder \(folder) for the case key: \(message(errno)); choose a file with --case-key"
                )
            }
        }
        let key: [UInt8]
        do {
            key = try SecureRandom.bytes(32)
        } catch {
            throw CaseKeyError(description: "making a case key: \(error)")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST, let other = try waitForOther(path: path) { return other }
            throw CaseKeyError(
                description: "making the case key \(path): \(message(errno)); choose another file with --case-key")
        }
        defer { close(descriptor) }
        let text =
            key.map { byte in [byte >> 4, byte & 15].map { Array("0123456789abcdef".utf8)[Int($0)] } }.flatMap(\.self)
            + [0x0A]
        let written = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == text.count, fsync(descriptor) == 0 else {
            let problem = message(errno)
            unlink(path)
            throw CaseKeyError(description: "writing the case key \(path): \(problem)")
        }
        return CaseKey(bytes: key)
    }

    /// Another run has just made it: its bytes are there in a moment.
    private static func waitForOther(path: String) throws(CaseKeyError) -> CaseKey? {
        for _ in 0..<50 {
            if let key = try? load(path: path) { return key }
            usleep(10_000)
        }
        return try load(path: path)
    }

    private static func load(path: String) throws(CaseKeyError) -> CaseKey? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CaseKeyError(description: "reading the case key \(path): \(message(errno))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw CaseKeyError(
                description: "the case key \(path) must be a file that only its owner can read: chmod 600 it")
        }
        var buffer = [UInt8](repeating: 0, count: 80)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count == 65, buffer[64] == 0x0A, let key = hexBytes(buffer[0..<64]) else {
            throw CaseKeyError(description: "the case key \(path) must be 64 hex digits and a newline")
        }
        return CaseKey(bytes: key)
    }

    private static func hexBytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init) else { return nil }
            if let first = high {
                result.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return result
    }

    private static func message(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
