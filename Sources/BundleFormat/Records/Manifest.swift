public import Cryptography

/// A line of a manifest as BagIt and sha256sum know it: hash, two spaces, path (section 4.5).
public struct ManifestLine: Hashable, Sendable {
    public var sha256: SHA256Digest
    public var path: EntryPath

    public init(sha256: SHA256Digest, path: EntryPath) {
        self.sha256 = sha256
        self.path = path
    }

    /// Appends the line with its LF.
    public func encode(into output: inout [UInt8]) {
        sha256.appendHex(to: &output)
        output.append(0x20)
        output.append(0x20)
        output.append(contentsOf: path.rawValue.utf8)
        output.append(0x0A)
    }

    public func encoded() -> [UInt8] {
        var output: [UInt8] = []
        encode(into: &output)
        return output
    }

    /// Reads a line without its LF.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        let hex = line.prefix(64)
        let rest = line.dropFirst(64)
        guard let sha256 = SHA256Digest(hex: hex), rest.starts(with: [0x20, 0x20]) else {
            throw FormatError(doing: "reading a manifest line", reason: "it is not a hash, two spaces and a path")
        }
        self.init(sha256: sha256, path: try EntryPath(validating: rest.dropFirst(2)))
    }

    /// Reads a small manifest as a whole.
    public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> [ManifestLine] {
        guard bytes.isEmpty || bytes.last == 0x0A else {
            throw FormatError(doing: "reading a manifest", reason: "its last line has no end")
        }
        var lines: [ManifestLine] = []
        for line in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) where !bytes.isEmpty {
            lines.append(try ManifestLine(decoding: line))
        }
        return lines
    }
}
