import Archive
import TestSupport
import Testing

/// `.tar.gz` files whose table or locator is not that of their members.
struct HostileTableTests {
    /// 200 members, four rows.
    private static func file() throws -> (file: GzipFile, stream: [UInt8]) {
        var random = SeededGenerator(seed: 21)
        let sample = Sample(path: "c/a", content: random.text(18_000))
        let stream = try sample.blocks() + StrictTar.endMarker
        let file = GzipFile(stream, memberBytes: 100)
        #expect(file.rows.count == 4)
        return (file, stream)
    }

    /// Refused by a pass; random access gives the right bytes or none.
    private func expectRefusal(
        _ file: GzipFile, _ stream: [UInt8], code: ArchiveError.Code = .badSeekTable, _ comment: Comment? = nil
    ) async throws {
        #expect(await refusal(of: file.bytes)?.code == code, comment)
        let reader = try ContainerReader(source: MemorySource(bytes: file.bytes), workers: 1)
        for offset in stride(from: 0, to: stream.count - 10, by: 333) {
            if let found = try? reader.read(tarOffset: UInt64(offset), count: 10) {
                #expect(found == Array(stream[offset..<(offset + 10)]), comment)
            }
        }
    }

    @Test func control() async throws {
        let (file, stream) = try Self.file()
        #expect(await refusal(of: file.bytes) == nil)
        let reader = try ContainerReader(source: MemorySource(bytes: file.bytes), workers: 1)
        #expect(try reader.read(tarOffset: 0, count: stream.count) == stream)
    }

    @Test func changedRows() async throws {
        let (whole, stream) = try Self.file()
        let memberBytes = UInt64(whole.members[0].bytes.count)
        for row in 0..<4 {
            for change: UInt64 in [1, .max, 100, memberBytes, 1 << 20, 1 << 40, 1 << 63] {
                var file = whole
                file.rows[row].file &+= change
                try await expectRefusal(file, stream, "row \(row), file offset by \(change)")
                file = whole
                file.rows[row].tar &+= change
                try await expectRefusal(file, stream, "row \(row), tar offset by \(change)")
            }
            // Another member, with its own offset: rows that are right but for their number.
            var file = whole
            file.rows[row].file += memberBytes
            file.rows[row].tar += 100
            try await expectRefusal(file, stream, "row \(row) is that of the next member")
        }
        var file = whole
        file.rows.swapAt(1, 2)
        try await expectRefusal(file, stream, "rows exchanged")
    }

    /// Rows that are all moved alike: what random access cannot see, a pass does.
    @Test func consistentlyMovedRows() async throws {
        let (whole, stream) = try Self.file()
        var file = whole
        for row in 1..<3 { file.rows[row].tar += 50 }
        #expect(await refusal(of: file.bytes)?.code == .badSeekTable)
        let reader = try ContainerReader(source: MemorySource(bytes: file.bytes), workers: 1)
        #expect(try reader.read(tarOffset: 64 * 100 + 50, count: 10) == Array(stream[6400..<6410]))
        // The stretches beside it do not fit any more.
        for offset: UInt64 in [0, 6000, 16_000] {
            let error = #expect(throws: ArchiveError.self) { try reader.read(tarOffset: offset, count: 10) }
            #expect(error?.code == .badSeekTable)
        }
    }

    @Test func otherNumbersOfRows() async throws {
        let (whole, stream) = try Self.file()
        var file = whole
        file.rows.removeLast()
        try await expectRefusal(file, stream, "a row is missing")
        file = whole
        file.rows.append((UInt64(file.content.count), file.locator.tarLength))
        try await expectRefusal(file, stream, "a row too many")
        file = whole
        file.rows = []
        try await expectRefusal(file, stream, "no rows")
        for rows: UInt64 in [0, 1, 3, 5, 1000, 1 << 22, 1 << 32, 1 << 63, .max] {
            file = whole
            file.tableRows = rows
            #expect(await refusal(of: file.bytes) != nil, "\(rows) rows claimed")
        }
    }

    @Test func otherFormsOfTheTable() async throws {
        let (file, stream) = try Self.file()
        let table = file.table
        func bytes(_ members: [GzipPart]) -> [UInt8] {
            file.content + members.flatMap(\.bytes) + file.footer.bytes + file.end
        }
        let forms: [(String, [GzipPart])] = [
            ("two members", [GzipPart(stored: Array(table[..<32])), GzipPart(stored: Array(table[32...]))]),
            (
                "two blocks",
                [
                    GzipPart(
                        deflate: GzipPart.storedBlock(Array(table[..<32]), isLast: false)
                            + GzipPart.storedBlock(Array(table[32...]), isLast: true), content: table)
                ]
            ),
            (
                "bits behind the block's header",
                [
                    GzipPart(
                        deflate: [0b0000_1001] + GzipPart.storedBlock(table, isLast: true).dropFirst(), content: table)
                ]
            ),
            (
                "another block behind it",
                [GzipPart(deflate: GzipPart.storedBlock(table, isLast: false) + [3, 0], content: table)]
            ),
        ]
        for (name, members) in forms {
            let scratch = Scratch()
            #expect(run("gzip", "-t", scratch.write(bytes(members), to: "a.gz")) == 0, "\(name)")
            #expect(await refusal(of: bytes(members)) != nil, "\(name)")
        }
        // The table in the last member of the tar stream, and the end of the tar stream in the table's.
        let last = file.members.count - 1
        let joined = Array(stream[(100 * last)...]) + table
        var members = Array(file.members[..<last])
        members.append(GzipPart(stored: joined))
        #expect(await refusal(of: members.flatMap(\.bytes) + file.footer.bytes + file.end) != nil)
        // Only behind the footer.
        let behind = file.content + file.footer.bytes + file.tableMembers.flatMap(\.bytes) + file.end
        #expect(await refusal(of: behind) != nil)
    }

    @Test func wrongFooters() async throws {
        let (whole, stream) = try Self.file()
        var file = whole
        file.tableOffset = file.locator.tarLength - 100
        #expect(await refusal(of: file.bytes)?.code == .badLocator)
        file = whole
        file.footerMagic = Array("EXHBGZF2".utf8)
        #expect(await refusal(of: file.bytes)?.code == .badLocator)
        for change in [-100, -1, 1, 100] {
            file = whole
            file.locator.tarLength = UInt64(stream.count + change)
            #expect(await refusal(of: file.bytes)?.code == .badLocator)
        }
        file = whole
        file.locator.indexOffset = 512
        #expect(await refusal(of: file.bytes) == nil, "only the caller knows where the index is")
        #expect(await refusal(of: file.bytes, locator: whole.locator)?.code == .badLocator)
        // Every bit of the footer and the end marker.
        let tail = whole.content.count + whole.tableMembers.flatMap(\.bytes).count
        for index in tail..<whole.bytes.count {
            for bit in 0..<8 {
                var bytes = whole.bytes
                bytes[index] ^= 1 << UInt8(bit)
                #expect(await refusal(of: bytes) != nil, "byte \(index - tail) of the footer")
            }
        }
    }

    /// More rows than one member of the table holds.
    @Test func largeTables() async throws {
        let count = 511 * 512
        let first = GzipPart(
            stored: try StrictTar.header(
                path: "c/zeros", size: UInt64(count - 1024), modificationTime: Sample.time))
        let zero = GzipPart(stored: [0]).bytes
        var file = GzipFile(members: [first])
        file.rows = (0...(count / 64)).map { row in
            row == 0 ? (0, 0) : (UInt64(first.bytes.count + (64 * row - 1) * zero.count), UInt64(512 + 64 * row - 1))
        }
        file.locator.tarLength = UInt64(512 + count)
        #expect(file.rows.count > 4080)
        #expect(file.tableMembers.count == 2)
        var bytes = first.bytes
        for _ in 0..<count { bytes += zero }
        bytes += file.bytes[first.bytes.count...]
        let reader = try ContainerReader(source: MemorySource(bytes: bytes), workers: 2)
        let summary = try await reader.entries { _, _ in }
        #expect(summary.entries == 1)
        #expect(try reader.read(tarOffset: 0, count: 512) == Array(first.deflate[5...]))
        #expect(try reader.read(tarOffset: summary.tarLength - 300, count: 300) == [UInt8](repeating: 0, count: 300))
    }
}
