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

    private static let block = 512
    private static let maxDepth = 32

    private var header: [UInt8] = []
    private var content = 0
    private var padding = 0
    private var zeros = 0

    /// Whether the end marker has come. What follows it is passed over.
    var isComplete: Bool { zeros >= 2 }
    /// Whether nothing has come yet.
    private(set) var isEmpty = true

    mutating func take(_ bytes: [UInt8]) throws(Bad) -> [Piece] {
        var pieces: [Piece] = []
        var rest = bytes[...]
        while !rest.isEmpty, !isComplete {
            isEmpty = false
            if content > 0 {
                let part = rest.prefix(content)
                pieces.append(.bytes(part))
                rest = rest.dropFirst(part.count)
                content -= part.count
                if content == 0 { pieces.append(.end) }
            } else if padding > 0 {
                let count = min(padding, rest.count)
                rest = rest.dropFirst(count)
                padding -= count
            } else {
                let part = rest.prefix(Self.block - header.count)
                header += part
                rest = rest.dropFirst(part.count)
                if header.count == Self.block { try begin(&pieces) }
            }
        }
        return pieces
    }

    private mutating func begin(_ pieces: inout [Piece]) throws(Bad) {
        defer { header = [] }
        if header.allSatisfy({ $0 == 0 }) {
            zeros += 1
            return
        }
        guard zeros == 0, header[257..<262].elementsEqual("ustar".utf8) else {
            throw Bad(reason: "what it printed is not a tar stream")
        }
        let sum = header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1])) }
        guard octal(148..<156) == sum, let size = octal(124..<136) else {
            throw Bad(reason: "a header of its tar stream is damaged")
        }
        let isFolder = header[156] == UInt8(ascii: "5")
        guard isFolder || header[156] == UInt8(ascii: "0") || header[156] == 0 else {
            throw Bad(
                reason: "its tar stream has something that is no regular file, or a name longer than ustar lets it be "
                    + "(type \(Character(Unicode.Scalar(header[156]))))")
        }
        // GNU's own format has other things where ustar has a name's beginning.
        let prefix = header[262] == 0 ? field(345..<500) : []
        let name = prefix.isEmpty ? field(0..<100) : prefix + [0x2F] + field(0..<100)
        if isFolder { return }
        pieces.append(.begin(try components(name)))
        content = size
        padding = (Self.block - size % Self.block) % Self.block
        if size == 0 { pieces.append(.end) }
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

    private func field(_ range: Range<Int>) -> [UInt8] { Array(header[range].prefix { $0 != 0 }) }

    private func octal(_ range: Range<Int>) -> Int? {
        let digits = header[range].drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        return digits.isEmpty
            ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 < 0 ? nil : $0 }
    }
}
