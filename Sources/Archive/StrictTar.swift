/// The strict tar profile (format.md, section 2): pure functions from values to bytes.
///
/// A header is a function of path, size and one time for the whole archive, so an edited header is as detectable as
/// edited content. The layout is POSIX.1 ustar with PAX extended headers where ustar's fields are too small.
public enum StrictTar {
    /// Size of a tar block in bytes.
    public static let blockBytes = 512
    /// The longest path in bytes: a folder of 255, a slash, and 1,000 below it.
    public static let maximumPathBytes = 1256
    /// The largest entry in bytes (section 13).
    public static let maximumEntryBytes: UInt64 = 1 << 56
    /// The latest time that 11 octal digits can hold, in Unix seconds (the year 2242).
    public static let maximumTime: UInt64 = (1 << 33) - 1
    /// Two blocks of zeros.
    public static let endMarker = [UInt8](repeating: 0, count: 2 * blockBytes)

    static let magic = Array("ustar\u{0}00".utf8)
    /// Sizes from here on do not fit the header's field.
    static let largeSize: UInt64 = 1 << 33
    static let nameBytes = 100

    /// The header blocks of a regular file: 512 bytes, or an extended header, its records and 512 bytes.
    ///
    /// - Parameters:
    ///   - path: the full path, already escaped by the rules of names.
    ///   - size: of the content in bytes.
    ///   - modificationTime: in Unix seconds, the same for all entries.
    /// - Throws: `badPath` or `outOfRange` when the profile cannot hold the values.
    public static func header(path: String, size: UInt64, modificationTime: UInt64) throws(ArchiveError) -> [UInt8] {
        let bytes = Array(path.utf8)
        if let problem = EntryPath.problem(of: bytes) {
            throw ArchiveError(
                .badPath, doing: "making a tar header", entry: ArchiveError.printable(bytes), reason: problem,
                advice: ArchiveError.Code.misuse.usualAdvice)
        }
        guard size <= maximumEntryBytes, modificationTime <= maximumTime else {
            throw ArchiveError(
                .outOfRange, doing: "making a tar header", entry: path,
                reason: "size \(size) or time \(modificationTime) is beyond the limits of the format",
                advice: "Check the clock of this machine.")
        }
        return headerBlocks(path: bytes, size: size, time: modificationTime)
    }

    /// Zero bytes that follow content of this size.
    public static func padding(size: UInt64) -> Int {
        Int((512 - size % 512) % 512)
    }

    /// Bytes that an entry takes in the tar stream: header blocks, content and padding.
    public static func entryBytes(path: String, size: UInt64) -> UInt64 {
        let records = extendedRecords(path: Array(path.utf8), size: size).count
        let extended = records == 0 ? 0 : blockBytes + records + padding(size: UInt64(records))
        return UInt64(extended + blockBytes) + size + UInt64(padding(size: size))
    }

    /// `header` without its checks, so that a reader can compare and a test can make what is forbidden.
    package static func headerBlocks(path: [UInt8], size: UInt64, time: UInt64) -> [UInt8] {
        let records = extendedRecords(path: path, size: size)
        var bytes: [UInt8] = []
        if !records.isEmpty {
            bytes += block(name: Array("PaxHeader".utf8), size: UInt64(records.count), time: time, type: "x")
            bytes += records
            bytes += [UInt8](repeating: 0, count: padding(size: UInt64(records.count)))
        }
        let fieldSize = size >= largeSize ? 0 : size
        return bytes + block(name: Array(path.prefix(nameBytes)), size: fieldSize, time: time, type: "0")
    }

    /// One header block. `name` is at most 100 bytes, `size` and `time` fit 11 octal digits.
    package static func block(name: [UInt8], size: UInt64, time: UInt64, type: Unicode.Scalar) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        put(name, at: 0)
        put("0000644".utf8, at: 100)
        put("0000000".utf8, at: 108)
        put("0000000".utf8, at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(time, digits: 11), at: 136)
        block[156] = UInt8(ascii: type)
        put(magic, at: 257)
        put("0000000".utf8, at: 329)
        put("0000000".utf8, at: 337)
        put(octal(checksum(of: block[...]), digits: 6), at: 148)
        block[154] = 0
        block[155] = UInt8(ascii: " ")
        return block
    }

    /// The sum of all bytes of a header block with the checksum field as spaces.
    package static func checksum(of block: ArraySlice<UInt8>) -> UInt64 {
        block.withUnsafeBufferPointer { bytes in
            var sum: UInt64 = 8 * 32
            var index = 0
            while index < bytes.count {
                if index == 148 { index = 156 }
                sum += UInt64(bytes[index])
                index += 1
            }
            return sum
        }
    }

    /// The records of the extended header; empty when the entry needs none.
    static func extendedRecords(path: [UInt8], size: UInt64) -> [UInt8] {
        var records: [UInt8] = []
        if path.count > nameBytes { records += record("path", path) }
        if size >= largeSize { records += record("size", Array(String(size).utf8)) }
        return records
    }

    /// `LEN KEY=VALUE` LF, where LEN counts itself and is the shortest that does.
    package static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = key.utf8.count + value.count + 3
        var length = rest + 1
        while rest + String(length).utf8.count > length { length += 1 }
        return Array("\(length) \(key)=".utf8) + value + [0x0A]
    }

    static func octal(_ value: UInt64, digits: Int) -> [UInt8] {
        (0..<digits).map { UInt8(ascii: "0") + UInt8((value >> (3 * UInt64(digits - 1 - $0))) & 7) }
    }
}
