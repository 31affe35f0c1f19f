/// Takes a plugin's tar stream apart as it comes: regular files of POSIX ustar (IEEE 1003.1) with relative names, and folders, which
/// are passed over. Anything else ends it.
struct PluginTar {
    enum Piece: Equatable {
        case begin([String])
        case bytes(ArraySlice<UInt8>)
        case end
    }

    struct Bad: Error {
        let reason: String
    }

    private static let maxDepth = 32

    private var frames = TarFrames()
    private var zeros = 0

    /// Whether the end marker has come. What follows it is passed over.
    var isComplete: Bool { zeros >= 2 }
    /// Whether nothing has come yet.
    private(set) var isEmpty = true
    /// Whether what came began as such a stream does, with a header or the end marker.
    private(set) var hasBegun = false
    /// Whether something other than zeros came after the end marker.
    private(set) var hasMore = false
    /// The first name that is not text (bytes that are not UTF-8, or control characters), as it is written.
    private(set) var oddName: String?

    mutating func take(_ bytes: [UInt8]) throws(Bad) -> [Piece] {
        var pieces: [Piece] = []
        var rest = bytes[...]
        if !rest.isEmpty { isEmpty = false }
        while !isComplete, let frame = frames.next(&rest) {
            switch frame {
            case .zeros:
                zeros += 1
                hasBegun = true
            case .header(let header):
                try begin(header, &pieces)
                hasBegun = true
            case .content(let part, let isLast):
                pieces.append(.bytes(part))
                if isLast { pieces.append(.end) }
            }
        }
        if isComplete, !hasMore, rest.contains(where: { $0 != 0 }) { hasMore = true }
        return pieces
    }

    private mutating func begin(_ header: TarHeader, _ pieces: inout [Piece]) throws(Bad) {
        guard zeros == 0, header.hasMagic else { throw Bad(reason: "what it printed is not a tar stream") }
        guard header.isSound, let size = header.octalSize else {
            throw Bad(reason: "a header of its tar stream is damaged")
        }
        let isFolder = header.type == UInt8(ascii: "5")
        guard isFolder || header.type == UInt8(ascii: "0") || header.type == 0 else {
            throw Bad(
                reason: "its tar stream has something that is no regular file, or a name longer than ustar lets it be "
                    + "(type \(Character(Unicode.Scalar(header.type))))")
        }
        if isFolder { return }
        note(header.name)
        pieces.append(.begin(try components(header.name)))
        frames.expect(size)
        if size == 0 { pieces.append(.end) }
    }

    private mutating func note(_ name: [UInt8]) {
        let isText = String(validating: name, as: UTF8.self).map { TextSafety.oneLine($0) == $0 } ?? false
        if !isText, oddName == nil { oddName = TextSafety.oneLine(Self.text(name[...])) }
    }

    private func components(_ name: [UInt8]) throws(Bad) -> [String] {
        let parts = name.split(separator: 0x2F, omittingEmptySubsequences: false).map(Self.text)
        let kept = parts.first == "." ? Array(parts.dropFirst()) : parts
        guard !kept.isEmpty, kept.count <= Self.maxDepth, !kept.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw Bad(
                reason: "its tar stream has a name that leads elsewhere: \(TextSafety.oneLine(Self.text(name[...])))")
        }
        return kept
    }

    /// Bytes that are not UTF-8 are written as `\xHH`.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { byte in
            let hex = String(byte, radix: 16, uppercase: true)
            return byte < 0x80 ? String(Unicode.Scalar(byte)) : "\\x\(hex.count < 2 ? "0" : "")\(hex)"
        }.joined()
    }
}
