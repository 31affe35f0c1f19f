/// Cuts a tar stream into its headers and contents as it comes, in any pieces. What a header means, and so how much content is
/// behind it, is for the policy to say that reads it: a content is never read as a header as long as it says so rightly.
///
/// Source: POSIX.1-2024, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
struct TarFrames {
    enum Frame: Equatable {
        /// A block of 512 bytes that is not zero. Call ``TarFrames/expect(_:)`` before the next frame.
        case header(TarHeader)
        case zeros
        /// A part of the content that was expected.
        case content(ArraySlice<UInt8>, isLast: Bool)
    }

    static let block = 512

    private var header: [UInt8] = []
    private var content = 0
    private var padding = 0

    /// Whether nothing is under way: neither a header nor a content or its padding.
    var isBetween: Bool { header.isEmpty && content == 0 && padding == 0 }

    /// So many bytes of content are behind the header that came last, and what pads them to a whole block.
    mutating func expect(_ size: Int) {
        content = size
        padding = (Self.block - size % Self.block) % Self.block
    }

    /// Takes the next frame off the bytes; nil when it takes more of them. No frame comes for a content of no bytes.
    mutating func next(_ bytes: inout ArraySlice<UInt8>) -> Frame? {
        while !bytes.isEmpty {
            if content > 0 {
                let part = bytes.prefix(content)
                bytes = bytes.dropFirst(part.count)
                content -= part.count
                return .content(part, isLast: content == 0)
            }
            if padding > 0 {
                let count = min(padding, bytes.count)
                bytes = bytes.dropFirst(count)
                padding -= count
                continue
            }
            let part = bytes.prefix(Self.block - header.count)
            header += part
            bytes = bytes.dropFirst(part.count)
            guard header.count == Self.block else { return nil }
            defer { header = [] }
            return header.allSatisfy { $0 == 0 } ? .zeros : .header(TarHeader(bytes: header))
        }
        return nil
    }
}

/// A header block.
struct TarHeader: Equatable {
    /// 512 of them.
    let bytes: [UInt8]

    /// Whether it says that it is one, in POSIX's or GNU's words.
    var hasMagic: Bool { bytes[257..<262].elementsEqual("ustar".utf8) }

    /// Whether its checksum is that of its bytes, with its own place as blanks.
    var isSound: Bool {
        let sum = bytes.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(bytes[$1])) }
        return octal(148..<156) == sum
    }

    var type: UInt8 { bytes[156] }

    /// Bytes of content, as octal digits; nil when they are none.
    var octalSize: Int? { octal(124..<136) }

    /// The same, or as GNU writes what is larger: in base 256, behind a byte 0x80. Nil for a negative one and what no file has.
    var size: Int? {
        guard bytes[124] & 0x80 != 0 else { return octalSize }
        guard bytes[124] == 0x80 else { return nil }
        var value = 0
        for byte in bytes[125..<136] {
            guard value < 1 << 54 else { return nil }
            value = value << 8 | Int(byte)
        }
        return value
    }

    var name: [UInt8] {
        // GNU's own format has other things where ustar has a name's beginning.
        let prefix = bytes[262] == 0 ? field(345..<500) : []
        return prefix.isEmpty ? field(0..<100) : prefix + [0x2F] + field(0..<100)
    }

    var linkName: [UInt8] { field(157..<257) }

    private func field(_ range: Range<Int>) -> [UInt8] { Array(bytes[range].prefix { $0 != 0 }) }

    private func octal(_ range: Range<Int>) -> Int? {
        let digits = bytes[range].drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- 0x30 < 8 }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
