import Cryptography
import Testing

/// The bytes of an age file, as a source to read at random.
final class AgeSource: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Opens it. The source gives at most `piece` bytes at a time, as a file may.
    func open(_ identities: [AgeIdentity], piece: Int = .max) throws -> AgeRandomAccessFile {
        try AgeRandomAccessFile(fileSize: UInt64(bytes.count), identities: identities) { [bytes] offset, buffer in
            let rest = bytes.dropFirst(Int(offset)).prefix(min(buffer.count, piece))
            buffer.copyBytes(from: rest)
            return rest.count
        }
    }
}

extension AgeRandomAccessFile {
    func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: count)
        let read = try bytes.withUnsafeMutableBytes { try self.read(at: offset, into: $0) }
        return Array(bytes[..<read])
    }

    func everything() throws -> [UInt8] {
        try bytes(at: 0, count: Int(size) + 1)
    }
}

/// Says where the two part. (`#expect` would look for their smallest difference, which takes minutes for large ones.)
func expectSameBytes(
    _ bytes: [UInt8], _ expected: [UInt8], _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard bytes != expected else { return }
    let position = zip(bytes, expected).prefix { $0 == $1 }.count
    Issue.record(
        "\(what): \(bytes.count) bytes, not \(expected.count), differ from byte \(position) on",
        sourceLocation: sourceLocation)
}
