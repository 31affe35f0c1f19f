internal import BundleFormat
internal import Cryptography

/// A file `meta/checkpoints/N.jsonl` taken apart (section 7.1). Whether it is true is for others to find out.
struct CheckpointFile {
    /// The whole file.
    let bytes: [UInt8]
    let head: Checkpoint
    /// The metadata of entries, ledger lines and custody lines, each with its LF.
    let index: ArraySlice<UInt8>
    let ledger: ArraySlice<UInt8>
    let custody: ArraySlice<UInt8>

    init(decoding bytes: [UInt8]) throws(FormatError) {
        guard bytes.last == 0x0A, let end = bytes.firstIndex(of: 0x0A) else {
            throw Self.wrong("its last line has no end")
        }
        head = try Checkpoint(decoding: bytes[..<end])
        self.bytes = bytes
        var rest = bytes[(end + 1)...]
        guard let index = Self.take(head.indexLines, of: &rest), let ledger = Self.take(head.ledgerLines, of: &rest),
            let custody = Self.take(head.custodyLines, of: &rest), rest.isEmpty
        else { throw Self.wrong("it has not the lines it says") }
        self.index = index
        self.ledger = ledger
        self.custody = custody
    }

    var digest: SHA256Digest { SHA256.digest(of: bytes) }

    static func wrong(_ reason: String) -> FormatError {
        FormatError(code: .brokenChain, doing: "checking a checkpoint", reason: reason)
    }

    /// Takes so many lines from the front; nil when there are fewer.
    private static func take(_ count: UInt64, of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard count <= UInt64(rest.count) else { return nil }
        var end = rest.startIndex
        for _ in 0..<count {
            guard let lineEnd = rest[end...].firstIndex(of: 0x0A) else { return nil }
            end = lineEnd + 1
        }
        defer { rest = rest[end...] }
        return rest[..<end]
    }
}

extension ArraySlice<UInt8> {
    /// Hands out each line without its LF. All of them have one.
    func forEachLine<Failure: Error>(_ body: (ArraySlice<UInt8>) throws(Failure) -> Void) throws(Failure) {
        var start = startIndex
        while let end = self[start...].firstIndex(of: 0x0A) {
            try body(self[start..<end])
            start = end + 1
        }
    }
}
