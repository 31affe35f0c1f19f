import Foundation
import Testing

/// The bytes of a bundle's tar, to be altered as somebody would who wants to deceive.
struct TarArchive {
    struct Entry {
        /// With the bundle's folder.
        let path: String
        /// PAX header, if any, and header.
        var header: [UInt8]
        var content: [UInt8]

        var bytes: [UInt8] { header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512) }
    }

    struct Malformed: Error {
        let offset: Int
    }

    var entries: [Entry] = []

    /// Reads through the end marker; what comes after it is dropped.
    init(_ bytes: [UInt8]) throws {
        var offset = 0
        var header: [UInt8] = []
        var longPath: String?
        while offset + 512 <= bytes.count, bytes[offset] != 0 {
            let block = bytes[offset..<offset + 512]
            let size = Int(Self.string(block, 124, 12), radix: 8) ?? 0
            let start = offset + 512
            guard start + size <= bytes.count else { throw Malformed(offset: offset) }
            let end = start + (size + 511) / 512 * 512
            header += block
            if block[offset + 156] == UInt8(ascii: "x") {
                header += bytes[start..<end]
                // One record at most: `LEN path=VALUE` and LF.
                let record = String(decoding: bytes[start..<start + size], as: UTF8.self)
                longPath = record.firstIndex(of: "=").map { String(record[record.index(after: $0)...].dropLast()) }
            } else {
                entries.append(
                    Entry(
                        path: longPath ?? Self.string(block, 0, 100), header: header,
                        content: Array(bytes[start..<start + size])))
                header = []
                longPath = nil
            }
            offset = end
        }
        guard offset + 1024 <= bytes.count else { throw Malformed(offset: offset) }
    }

    /// The tar stream with its end marker.
    var stream: [UInt8] { entries.flatMap(\.bytes) + [UInt8](repeating: 0, count: 1024) }

    /// The locator that belongs to it (docs/format.md 9).
    var locator: [UInt8] {
        var offset = 0
        var result = Array("EXHIBIT-LOCATOR1".utf8)
        let end = entries.reduce(1024) { $0 + $1.bytes.count }
        for entry in entries {
            if entry.path.hasSuffix("/meta/index.jsonl") {
                result += Self.littleEndian(offset) + Self.littleEndian(entry.content.count) + Self.littleEndian(end)
                result += Self.littleEndian(entry.content.count { $0 == 0x0A })
            }
            offset += entry.bytes.count
        }
        return result + [UInt8](repeating: 0, count: 64 - result.count)
    }

    /// A `.tar` as a writer leaves it.
    var file: [UInt8] { stream + locator + [UInt8](repeating: 0, count: 448) }

    func index(of suffix: String) -> Int? {
        entries.firstIndex { $0.path.hasSuffix(suffix) }
    }

    static func littleEndian(_ number: Int, bytes: Int = 8) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func string(_ block: ArraySlice<UInt8>, _ offset: Int, _ length: Int) -> String {
        let start = block.startIndex + offset
        return String(decoding: block[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Packs a tar in the zstd seekable format with the stock `zstd`, as a careful forger would (docs/format.md 9.2).
enum SeekableZstd {
    static func pack(_ archive: TarArchive) async throws -> [UInt8] {
        let stream = archive.stream
        let frame = 1 << 20
        var result: [UInt8] = []
        var table: [UInt8] = []
        var count = 0
        for start in stride(from: 0, to: stream.count, by: frame) {
            let content = stream[start..<min(start + frame, stream.count)]
            let packed = try await Scratch.withFolder { folder in
                try Files.write(content, to: folder + "/content")
                // Knowing the size, zstd writes a single segment; the checksum is its default.
                try await Tool.run("zstd", ["-q", "-3", folder + "/content", "-o", folder + "/frame"])
                return try Files.bytes(folder + "/frame")
            }
            result += packed
            table += TarArchive.littleEndian(packed.count, bytes: 4) + TarArchive.littleEndian(content.count, bytes: 4)
            count += 1
        }
        let locator = archive.locator
        result +=
            TarArchive.littleEndian(0x184D_2A5D, bytes: 4) + TarArchive.littleEndian(locator.count, bytes: 4) + locator
        table += TarArchive.littleEndian(locator.count + 8, bytes: 4) + TarArchive.littleEndian(0, bytes: 4)
        result +=
            TarArchive.littleEndian(0x184D_2A5E, bytes: 4) + TarArchive.littleEndian(table.count + 9, bytes: 4) + table
        return result + TarArchive.littleEndian(count + 1, bytes: 4) + [0]
            + TarArchive.littleEndian(0x8F92_EAB1, bytes: 4)
    }

    static func unpack(_ path: String) async throws -> [UInt8] {
        try await Tool.run("zstd", ["-q", "-dc", path]).output
    }
}
