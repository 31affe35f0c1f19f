/// The table behind the tar stream of a `.tar.gz`, and what follows it (format.md, section 9.3): a row for the first
/// of every 64 members, a footer with the locator, and BGZF's end marker.
struct MemberTable: Equatable, Sendable {
    /// Where a member begins, in the file and in the tar stream.
    struct Row: Equatable, Sendable {
        var fileOffset: UInt64
        var tarOffset: UInt64
    }

    /// Members from one row to the next.
    static let stride = 64
    static let rowBytes = 16
    /// Rows that fill a member: 65,280 bytes.
    static let rowsOfAMember = GzipMember.writtenContentBytes / rowBytes
    /// Rows that a reader keeps; they are at most 16 TiB.
    static let maximumRows = 1 << 22
    static let footerMagic = Array("EXHBGZF1".utf8)
    static let footerContentBytes = Locator.encodedBytes + 16 + 8
    static let footerBytes = footerContentBytes + GzipMember.storedOverhead
    /// Where a member of one stored block has its content.
    private static let contentOffset = GzipMember.headerBytes + 5
    /// Footer and end marker.
    static let endBytes = footerBytes + GzipMember.endMarker.count

    private(set) var rows: [Row] = []
    /// Members that were counted.
    private(set) var members = 0
    /// Where the next member begins.
    private(set) var next = Row(fileOffset: 0, tarOffset: 0)

    /// Counts a member of so many bytes in the file, and of content.
    mutating func append(bytes: Int, contentBytes: Int) {
        if members % Self.stride == 0 { rows.append(next) }
        members += 1
        next.fileOffset += UInt64(bytes)
        next.tarOffset += UInt64(contentBytes)
    }

    /// Bytes of the file that a table of `rows` rows takes.
    static func bytes(rows: Int) -> Int {
        rows * rowBytes + (rows + rowsOfAMember - 1) / rowsOfAMember * GzipMember.storedOverhead
    }

    /// The members of a table with these rows.
    static func encoded(_ rows: ArraySlice<Row>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytes(rows: rows.count))
        var rest = rows
        while !rest.isEmpty {
            var content: [UInt8] = []
            content.reserveCapacity(GzipMember.writtenContentBytes)
            for row in rest.prefix(rowsOfAMember) {
                content.append(littleEndian: row.fileOffset)
                content.append(littleEndian: row.tarOffset)
            }
            bytes += GzipMember.stored(content)
            rest = rest.dropFirst(rowsOfAMember)
        }
        return bytes
    }

    /// Reads a table of so many rows; nil when it is not exactly what `encoded` of any rows gives.
    static func decode(_ bytes: [UInt8], rows: Int) -> [Row]? {
        guard bytes.count == Self.bytes(rows: rows) else { return nil }
        var found: [Row] = []
        found.reserveCapacity(rows + 1)
        var offset = 0
        for row in 0..<rows {
            if row % rowsOfAMember == 0 { offset += row == 0 ? contentOffset : GzipMember.storedOverhead }
            found.append(
                Row(
                    fileOffset: bytes.littleEndian(at: offset, as: UInt64.self),
                    tarOffset: bytes.littleEndian(at: offset + 8, as: UInt64.self)))
            offset += rowBytes
        }
        return bytes == encoded(found[...]) ? found : nil
    }

    /// The member with the locator. The table stands directly behind the tar stream, whose length is its offset.
    static func footer(_ locator: Locator, rows: Int) -> [UInt8] {
        var content = locator.encoded
        content.append(littleEndian: locator.tarLength)
        content.append(littleEndian: UInt64(rows))
        return GzipMember.stored(content + footerMagic)
    }

    /// Reads a footer; nil when it is not exactly what `footer` of any locator and number of rows gives.
    static func decodeFooter(_ bytes: [UInt8]) -> (locator: Locator, rows: Int)? {
        let content = contentOffset
        guard bytes.count == footerBytes,
            let locator = Locator(decoding: bytes[content..<(content + Locator.encodedBytes)]),
            let rows = Int(exactly: bytes.littleEndian(at: content + Locator.encodedBytes + 8, as: UInt64.self)),
            bytes == footer(locator, rows: rows)
        else { return nil }
        return (locator, rows)
    }

    /// True when bytes are fewer than a footer has, and begin like one.
    static func isFooterCutOff(_ bytes: [UInt8]) -> Bool {
        let empty = Locator(indexOffset: 0, indexSize: 0, tarLength: 0, entries: 0)
        let beginning = footer(empty, rows: 0).prefix(contentOffset + Locator.magic.count)
        return bytes.count < footerBytes && beginning.starts(with: bytes.prefix(beginning.count))
    }

    /// Everything behind the tar stream.
    func tail(_ locator: Locator) -> [UInt8] {
        Self.encoded(rows[...]) + Self.footer(locator, rows: rows.count) + GzipMember.endMarker
    }
}
