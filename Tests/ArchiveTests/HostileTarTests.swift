import Archive
import Testing

/// Tar streams made by hand, each with one thing that the profile forbids.
struct HostileTarTests {
    private static let good = Sample(path: "c/a", content: [1, 2, 3])

    /// A header block with some bytes replaced, its checksum made right again.
    private static func edited(_ path: String, size: UInt64 = 0, _ edit: (inout [UInt8]) -> Void) -> [UInt8] {
        var block = StrictTar.block(name: Array(path.utf8), size: size, time: Sample.time, type: "0")
        edit(&block)
        return sealed(block)
    }

    private static func sealed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        let digits = String(StrictTar.checksum(of: block[...]), radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits
        block.replaceSubrange(148..<154, with: field.utf8)
        return block
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(bytes.count)))
    }

    /// An extended header with these records, then a header block with this name and size.
    private static func extended(
        _ records: [UInt8], name: String, size: UInt64 = 0, type: Unicode.Scalar = "x"
    ) -> [UInt8] {
        StrictTar.block(
            name: Array("PaxHeader".utf8), size: UInt64(records.count), time: Sample.time, type: type)
            + padded(records) + StrictTar.block(name: Array(name.utf8), size: size, time: Sample.time, type: "0")
    }

    private func expect(
        _ code: ArchiveError.Code, _ second: [UInt8], location: SourceLocation = #_sourceLocation
    ) async throws {
        let first = try Self.good.blocks()
        let stream = first + second + StrictTar.endMarker
        for bytes in [plainContainer(stream), try await zstdContainer(stream).bytes] {
            let error = await refusal(of: bytes)
            #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
            #expect(error?.lastCompleteEntry == "c/a", sourceLocation: location)
            #expect(error?.tarOffset != nil, sourceLocation: location)
        }
    }

    @Test func wellFormedControl() async throws {
        let stream = try Self.good.blocks() + Self.edited("c/b") { _ in } + StrictTar.endMarker
        #expect(await refusal(of: plainContainer(stream)) == nil)
    }

    @Test(arguments: [
        "1", "2", "3", "4", "5", "6", "7", "g", "L", "K", "S", "D", "M", "N", "V", "X", "\u{0}", "\u{FF}",
    ])
    func types(type: Unicode.Scalar) async throws {
        try await expect(.forbiddenType, Self.edited("c/b") { $0[156] = UInt8(type.value) })
    }

    @Test func gnuLongName() async throws {
        let name = Array("c/\(String(repeating: "n", count: 150))\u{0}".utf8)
        let long = StrictTar.block(
            name: Array("././@LongLink".utf8), size: UInt64(name.count), time: Sample.time, type: "L")
        try await expect(.forbiddenType, long + Self.padded(name) + Self.edited("c/b") { _ in })
    }

    @Test(arguments: ["c/a", "C/A", "c/A"])
    func duplicates(path: String) async throws {
        try await expect(.duplicatePath, Self.edited(path) { _ in })
    }

    @Test(arguments: ["c", "C", "c/a/b", "C/A/b/c"])
    func folders(path: String) async throws {
        try await expect(.pathConflict, Self.edited(path) { _ in })
    }

    @Test(arguments: [
        "../x", "c/../x", "/etc/passwd", "c//x", "c/", "./c/x", "c/.", "c/a b", "c/a\\b", "c/=2e", "c/=41", "c/ü", "",
    ])
    func names(path: String) async throws {
        try await expect(.badPath, Self.edited(path) { _ in })
    }

    @Test func sizes() async throws {
        // base-256, negative base-256, spaces instead of zeros, no NUL at the end, a sign
        try await expect(.badSize, Self.edited("c/b") { $0[124] = 0x80 })
        try await expect(.badSize, Self.edited("c/b") { for index in 124..<136 { $0[index] = 0xFF } })
        try await expect(.badSize, Self.edited("c/b") { $0.replaceSubrange(124..<136, with: "          0\0".utf8) })
        try await expect(.badSize, Self.edited("c/b") { $0.replaceSubrange(124..<136, with: "000000000000".utf8) })
        try await expect(.badSize, Self.edited("c/b") { $0.replaceSubrange(124..<136, with: "-0000000001\0".utf8) })
        // more content than the file has
        for size: UInt64 in [1025, (1 << 33) - 1, 1 << 33, 1 << 56] {
            let header = StrictTar.headerBlocks(path: Array("c/b".utf8), size: size, time: Sample.time)
            let bytes = plainContainer(header + StrictTar.endMarker)
            let reader = try ContainerReader(source: MemorySource(bytes: bytes))
            #expect(await failure { try await reader.entries { _, _ in } }?.code == .truncated)
        }
        for size: UInt64 in [(1 << 56) + 1, .max] {
            try await expect(.badSize, StrictTar.headerBlocks(path: Array("c/b".utf8), size: size, time: Sample.time))
        }
    }

    @Test func times() async throws {
        try await expect(.badTime, StrictTar.headerBlocks(path: Array("c/b".utf8), size: 0, time: Sample.time + 1))
        try await expect(.badTime, Self.edited("c/b") { $0[136] = 0x80 })
        let stream = try Self.good.blocks(time: 5) + Self.good.blocks(time: 5) + StrictTar.endMarker
        #expect(await refusal(of: plainContainer(stream), time: 6)?.code == .badTime)
    }

    @Test func otherFields() async throws {
        for (offset, byte) in [
            (50, 1), (100, 49), (106, 53), (110, 49), (118, 49), (160, 65), (262, 32), (263, 49), (265, 65), (300, 65),
            (330, 49), (340, 49), (505, 1),
        ] {
            try await expect(.badHeader, Self.edited("c/b") { $0[offset] = UInt8(byte) })
        }
        try await expect(.paxRequired, Self.edited("c/b") { $0[345] = 65 })
        let right = StrictTar.block(name: [65], size: 0, time: 0, type: "0")
        try await expect(.badChecksum, right.map { $0 == 65 ? 66 : $0 })
        try await expect(.badChecksum, [UInt8](repeating: 0x41, count: 512))
    }

    @Test func extendedHeaders() async throws {
        let long = "c/" + String(repeating: "n", count: 120)
        let record = StrictTar.record("path", Array(long.utf8))
        let name = String(long.prefix(100))
        let stream = try Self.good.blocks() + Self.extended(record, name: name) + StrictTar.endMarker
        #expect(await refusal(of: plainContainer(stream)) == nil)
        // needless: the path of another file, a size
        try await expect(.paxForbidden, Self.extended(StrictTar.record("path", Array("c/evil".utf8)), name: "c/b"))
        try await expect(.paxForbidden, Self.extended(StrictTar.record("size", Array("0".utf8)), name: "c/b"))
        // needed, but not in the one form
        try await expect(.badHeader, Self.extended(record, name: "c/b"))
        try await expect(.badPax, Self.extended(record + record, name: name))
        try await expect(.badPax, Self.extended(record + StrictTar.record("mtime", Array("1".utf8)), name: name))
        try await expect(.badPax, Self.extended(StrictTar.record("linkpath", Array("x".utf8)) + record, name: name))
        try await expect(.badPax, Self.extended(record + StrictTar.record("size", Array("0".utf8)), name: name))
        try await expect(.badPax, Self.extended(Array("0\(record.count + 1) ".utf8) + record[4...], name: name))
        try await expect(.badPax, Self.extended(Array("99999999999999999999 path=x\n".utf8), name: name))
        try await expect(.badPax, Self.extended(Array("no record at all".utf8), name: name))
        try await expect(.badPax, Self.extended([], name: name))
        try await expect(.badPax, Self.extended([UInt8](repeating: 0x20, count: 5000), name: name))
        try await expect(.badSize, Self.extended(record + StrictTar.record("size", Array("-1".utf8)), name: name))
        try await expect(.forbiddenType, Self.extended(record, name: name, type: "g"))
        let twice = Array(Self.extended(record, name: name).prefix(1024))
        try await expect(.badPax, twice + Self.extended(record, name: name))
        // its own padding
        var stained = Self.extended(record, name: name)
        stained[512 + record.count] = 1
        try await expect(.badPax, stained)
    }

    @Test func padding() async throws {
        var blocks = try Sample(path: "c/b", content: [1]).blocks()
        blocks[blocks.count - 1] = 1
        try await expect(.nonZeroPadding, blocks)
        blocks[blocks.count - 1] = 0
        blocks[513] = 1
        try await expect(.nonZeroPadding, blocks)
    }

    @Test func ends() async throws {
        let first = try Self.good.blocks(), zeros = [UInt8](repeating: 0, count: 512)
        let second = try Sample(path: "c/b", content: []).blocks()
        try await expect(.badEndMarker, zeros + second)
        // a second archive behind the end marker, and more zeros, as stock tools write
        try await expect(.trailingBytes, StrictTar.endMarker + second)
        try await expect(.trailingBytes, zeros)
        let whole = plainContainer(first + StrictTar.endMarker)
        #expect(await refusal(of: whole + [0])?.code == .trailingBytes)
        #expect(await refusal(of: whole + zeros)?.code == .trailingBytes)
        #expect(await refusal(of: whole + whole)?.code == .trailingBytes)
        #expect(await refusal(of: first)?.code == .truncated)
        #expect(await refusal(of: first + StrictTar.endMarker)?.code == .truncated)
        var wrong = whole
        wrong[wrong.count - 512 + 32] ^= 1
        #expect(await refusal(of: wrong)?.code == .badLocator)
    }
}
