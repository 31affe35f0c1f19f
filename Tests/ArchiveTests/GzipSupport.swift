import Archive

/// A `.tar.gz` made from the specification (format.md, section 9.3), by code that shares nothing with the writer's, so
/// that each part can be made wrong.
struct GzipFile {
    /// Members of the tar stream.
    var members: [GzipPart]
    var rows: [(file: UInt64, tar: UInt64)]
    var locator: Locator
    /// What the footer says of the table, when it is not the truth.
    var tableOffset: UInt64?
    var tableRows: UInt64?
    var footerMagic = Array("EXHBGZF1".utf8)
    var end = GzipPart.endMarker

    /// The stream in stored members of so many bytes, with everything else as it must be.
    init(_ stream: [UInt8], memberBytes: Int = 700) {
        self.init(
            members: stride(from: 0, to: stream.count, by: memberBytes).map {
                GzipPart(stored: Array(stream[$0..<min($0 + memberBytes, stream.count)]))
            })
    }

    /// These members, with a tail that fits.
    init(members: [GzipPart]) {
        self.members = members
        var file: UInt64 = 0, tar: UInt64 = 0
        rows = []
        for (number, member) in members.enumerated() {
            if number % 64 == 0 { rows.append((file, tar)) }
            file += UInt64(member.bytes.count)
            tar += UInt64(member.size)
        }
        locator = Locator(indexOffset: 0, indexSize: 0, tarLength: tar, entries: 0)
    }

    var table: [UInt8] {
        rows.flatMap { littleEndian($0.file) + littleEndian($0.tar) }
    }

    var tableMembers: [GzipPart] {
        let table = self.table
        return stride(from: 0, to: table.count, by: 65280).map {
            GzipPart(stored: Array(table[$0..<min($0 + 65280, table.count)]))
        }
    }

    var footer: GzipPart {
        GzipPart(
            stored: locator.encoded + littleEndian(tableOffset ?? locator.tarLength)
                + littleEndian(tableRows ?? UInt64(rows.count)) + footerMagic)
    }

    var content: [UInt8] { members.flatMap(\.bytes) }

    /// The file.
    var bytes: [UInt8] { content + tableMembers.flatMap(\.bytes) + footer.bytes + end }
}

/// One gzip member, put together from parts that may be wrong.
struct GzipPart {
    static let endMarker: [UInt8] = [
        0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 0x42, 0x43, 2, 0, 0x1B, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    var flags: UInt8 = 4
    var time: [UInt8] = [0, 0, 0, 0]
    var extraFlags: UInt8 = 0
    var system: UInt8 = 0xFF
    /// Subfields before and behind `BC`.
    var fieldsBefore: [UInt8] = []
    var fieldsBehind: [UInt8] = []
    /// What the flags announce behind the extra field.
    var optional: [UInt8] = []
    /// What is added to the true size.
    var sizeError = 0
    var deflate: [UInt8]
    var checksum: UInt32
    /// Of the content, as the trailer says it.
    var size: UInt32

    /// Content in one stored block.
    init(stored content: [UInt8]) {
        self.init(deflate: Self.storedBlock(content, isLast: true), content: content)
    }

    init(deflate: [UInt8], content: [UInt8]) {
        self.deflate = deflate
        checksum = crc32(content)
        size = UInt32(content.count)
    }

    static func storedBlock(_ content: [UInt8], isLast: Bool) -> [UInt8] {
        let count = UInt16(content.count)
        return [isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
            + content
    }

    var bytes: [UInt8] {
        let extra = fieldsBefore.count + 6 + fieldsBehind.count
        let count = 12 + extra + optional.count + deflate.count + 8
        let claimed = UInt16(truncatingIfNeeded: count - 1 + sizeError)
        return [0x1F, 0x8B, 8, flags] + time + [extraFlags, system, UInt8(extra & 255), UInt8(extra >> 8)]
            + fieldsBefore + [0x42, 0x43, 2, 0, UInt8(claimed & 255), UInt8(claimed >> 8)] + fieldsBehind + optional
            + deflate + littleEndian(UInt64(checksum)).prefix(4) + littleEndian(UInt64(size)).prefix(4)
    }
}

/// CRC-32 of RFC 1952, bit by bit.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}

/// Eight bytes.
func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// Where the members of a BGZF file begin, by their headers; the last element is where the file ends.
func memberOffsets(_ bytes: [UInt8]) -> [Int] {
    var offsets = [0]
    while let last = offsets.last, last + 18 <= bytes.count {
        offsets.append(last + Int(bytes[last + 16]) + Int(bytes[last + 17]) << 8 + 1)
    }
    return offsets
}

/// The bytes of a `.tar.gz` of this stream as the writer makes it.
func gzipContainer(
    _ stream: [UInt8], frameBytes: Int = 512, level: Int? = nil
) async throws -> (bytes: [UInt8], locator: Locator) {
    let scratch = Scratch()
    let path = scratch.file("a.tar.gz")
    let writer = ContainerWriter(
        output: try OutputFile(creating: path), container: .tarGz,
        options: ContainerOptions(level: level, frameBytes: frameBytes, workers: 1))
    try await writer.write(stream)
    let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(stream.count), entries: 0)
    try await writer.finish(locator: locator)
    return (contents(of: path), locator)
}
