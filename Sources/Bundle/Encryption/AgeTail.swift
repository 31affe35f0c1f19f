internal import Archive
internal import Cryptography

/// What of a file is in no chunk of age yet, and where in the plaintext it stands: the content of `NAME.tail` (section
/// 7.2).
struct AgeTail: Sendable {
    /// A file of it is not larger, in bytes.
    static let mostFileBytes = UInt64(AgeHeader.maximumSize + 3 * AgeLayout.sealedChunkSize)
    /// The line in front of the bytes is not longer, in bytes.
    private static let mostLineBytes = 256
    private static let mark = "exhibit-tail-v1"

    /// Of the checkpoint that it was written for, or that came last.
    var checkpoint: UInt64
    /// The file that it belongs to.
    var name: String
    /// Where the bytes stand in the plaintext of that file.
    var offset: UInt64
    var bytes: [UInt8]

    init(checkpoint: UInt64, name: String, offset: UInt64, bytes: [UInt8]) {
        self.checkpoint = checkpoint
        self.name = name
        self.offset = offset
        self.bytes = bytes
    }

    /// Nil unless it is one, in its one form.
    init?(decoding content: [UInt8]) {
        guard let end = content.prefix(Self.mostLineBytes).firstIndex(of: 0x0A),
            let line = String(validating: content[..<end], as: UTF8.self)
        else { return nil }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let checkpoint = UInt64(words[2]), let offset = UInt64(words[3]) else { return nil }
        self.init(
            checkpoint: checkpoint, name: String(words[1]), offset: offset, bytes: Array(content[(end + 1)...]))
        guard bytes.count <= AgeLayout.chunkSize, !offset.addingReportingOverflow(UInt64(bytes.count)).overflow,
            line == self.line
        else { return nil }
    }

    func encoded() -> [UInt8] {
        Array(line.utf8) + [0x0A] + bytes
    }

    /// Plaintext offset behind it.
    var end: UInt64 { offset + UInt64(bytes.count) }

    private var line: String { "\(Self.mark) \(name) \(checkpoint) \(offset) \(bytes.count)" }
}
