import Archive
import Testing

/// `.tar.gz` files with members, tables and ends that the format forbids.
struct HostileMemberTests {
    private static func stream() throws -> [UInt8] {
        let samples = [
            Sample(path: "c/a", content: [UInt8](repeating: 7, count: 1500)), Sample(path: "c/b", content: [1, 2, 3]),
        ]
        return try samples.flatMap { try $0.blocks() } + StrictTar.endMarker
    }

    private static func file() throws -> GzipFile { GzipFile(try stream()) }

    /// True when stock gzip reads the bytes: then the refusal is ours.
    private func gzipReads(_ bytes: [UInt8]) -> Bool {
        let scratch = Scratch()
        return run("gzip", "-t", scratch.write(bytes, to: "a.gz")) == 0
    }

    @Test func control() throws {
        let stream = try Self.stream()
        let file = try Self.file()
        #expect(file.members.count == 6)
        #expect(gzipReads(file.bytes))
        let reader = try ContainerReader(source: MemorySource(bytes: file.bytes), workers: 1)
        #expect(reader.container == .tarGz)
        #expect(reader.locator == file.locator)
        #expect(try reader.read(tarOffset: 0, count: stream.count) == stream)
    }

    @Test func theWriterMakesTheTailOfTheSpecification() async throws {
        let stream = try Self.stream()
        let made = try await gzipContainer(stream, frameBytes: 512)
        let offsets = memberOffsets(made.bytes)
        let members = (0..<(stream.count / 512)).map { Array(made.bytes[offsets[$0]..<offsets[$0 + 1]]) }
        var expected = try Self.file()
        expected.rows = [(0, 0)]
        #expect(
            made.bytes
                == members.flatMap(\.self) + expected.tableMembers.flatMap(\.bytes) + expected.footer.bytes
                + GzipPart.endMarker)
    }

    // MARK: Headers

    @Test(arguments: 0..<16)
    func everyHeaderBitIsFixed(byte: Int) async throws {
        let file = try Self.file()
        let start = file.members[0].bytes.count
        for bit in 0..<8 {
            var bytes = file.bytes
            bytes[start + byte] ^= 1 << UInt8(bit)
            let error = await refusal(of: bytes)
            #expect(error?.code == (byte < 3 ? .badFrame : .badFrameHeader))
            #expect(error?.reason.contains("gzip member 1") == true)
            #expect(error?.fileOffset == UInt64(start))
            #expect(error?.tarOffset == 700)
            bytes = file.bytes
            bytes[byte] ^= 1 << UInt8(bit)
            #expect(await refusal(of: bytes) != nil)
        }
    }

    static let headers: [(String, @Sendable (inout GzipPart) -> Void)] = [
        ("a name", { ($0.flags, $0.optional) = (4 | 8, Array("secret.txt\0".utf8)) }),
        ("a comment", { ($0.flags, $0.optional) = (4 | 16, Array("hidden\0".utf8)) }),
        ("text", { $0.flags = 4 | 1 }),
        ("another extra field", { $0.fieldsBehind = Array("XX".utf8) + [3, 0, 1, 2, 3] }),
        ("an extra field before", { $0.fieldsBefore = Array("XX".utf8) + [1, 0, 9] }),
        ("a second BC", { $0.fieldsBehind = Array("BC".utf8) + [2, 0, 0xFF, 0xFF] }),
        ("a time", { $0.time = [1, 2, 3, 4] }),
        ("extra flags", { $0.extraFlags = 2 }),
        ("a system", { $0.system = 3 }),
    ]

    @Test(arguments: headers.indices)
    func headersThatGzipAllows(index: Int) async throws {
        for number in [0, 2] {
            var file = try Self.file()
            Self.headers[index].1(&file.members[number])
            file = GzipFile(members: file.members)
            #expect(gzipReads(file.bytes), "\(Self.headers[index].0)")
            let code = await refusal(of: file.bytes)?.code
            #expect(code == .badFrameHeader || code == .notAnArchive, "\(Self.headers[index].0)")
        }
    }

    @Test func checksumOfTheHeader() async throws {
        var file = try Self.file()
        file.members[1].flags = 4 | 2
        let header = file.members[1].bytes.prefix(18)
        // The size changes with the two bytes, and the checksum with the size.
        var changed = Array(header)
        changed[16] += 2
        let sum = crc32(changed)
        file.members[1].optional = [UInt8(sum & 255), UInt8(sum >> 8 & 255)]
        file = GzipFile(members: file.members)
        #expect(gzipReads(file.bytes))
        #expect(await refusal(of: file.bytes)?.code == .badFrameHeader)
    }

    @Test(arguments: [-700, -8, -1, 1, 8, 700, 731, 60000])
    func wrongSizesOfMembers(by error: Int) async throws {
        var file = try Self.file()
        let bytes = file.members[1].bytes.count
        file.members[1].sizeError = error
        #expect(gzipReads(file.bytes), "gzip does not look at it")
        let code = await refusal(of: file.bytes)?.code
        #expect(code != nil)
        // Its own trailer is elsewhere now, or the next member is.
        #expect(
            [.badFrame, .badFrameHeader, .frameTooLarge, .emptyFrame, .badSeekTable].contains(code),
            "\(error) of \(bytes): \(code?.rawValue ?? "")")
    }

    @Test(arguments: [1, 2, 18, 26, 27])
    func tooSmallMembers(size: Int) async throws {
        var file = try Self.file()
        file.members[1].sizeError = size - file.members[1].bytes.count
        #expect(await refusal(of: file.bytes)?.code == .badFrameHeader)
    }

    // MARK: Deflate streams

    @Test func formsOfDeflateDecodeToTheSame() async throws {
        let file = try Self.file()
        let content = Array(try Self.stream()[700..<1400])
        let half = Array(content[..<300]), rest = Array(content[300...])
        let forms: [[UInt8]] = [
            GzipPart.storedBlock(half, isLast: false) + GzipPart.storedBlock(rest, isLast: true),
            // Blocks without content, at both ends.
            GzipPart.storedBlock([], isLast: false) + GzipPart.storedBlock(content, isLast: false)
                + GzipPart.storedBlock([], isLast: true),
            // An empty block of fixed codes at the end: 1, 01, 0000000, and six bits that nothing reads.
            GzipPart.storedBlock(content, isLast: false) + [3, 0],
            GzipPart.storedBlock(content, isLast: false) + [3, 0b1111_1100],
            // Bits between the header of a stored block and its length.
            [0b1010_1001] + GzipPart.storedBlock(content, isLast: true).dropFirst(),
        ]
        for deflate in forms {
            var members = file.members
            members[1] = GzipPart(deflate: deflate, content: content)
            let bytes = GzipFile(members: members).bytes
            #expect(gzipReads(bytes))
            #expect(await refusal(of: bytes) == nil)
            let reader = try ContainerReader(source: MemorySource(bytes: bytes), workers: 1)
            #expect(try reader.read(tarOffset: 700, count: 700) == content)
        }
    }

    @Test func streamsThatEndElsewhere() async throws {
        let file = try Self.file()
        let content = Array(try Self.stream()[700..<1400])
        let whole = GzipPart.storedBlock(content, isLast: true)
        let forms: [(String, [UInt8])] = [
            ("bytes behind the last block", whole + [0]),
            ("a second stream behind the first", whole + GzipPart.storedBlock([], isLast: true)),
            ("no last block", GzipPart.storedBlock(content, isLast: false)),
            ("the end is cut off", whole.dropLast()),
            ("less content", GzipPart.storedBlock(Array(content.dropLast()), isLast: true)),
            ("more content", GzipPart.storedBlock(content + [0], isLast: true)),
            ("a block of the reserved type", [7, 0]),
            ("a length that is not its complement", [1, 0xBC, 2, 0x43, 0xFC] + content),
            ("nothing", [3, 0]),
            ("noise", [UInt8](repeating: 0xA5, count: 600)),
        ]
        for (name, deflate) in forms {
            var members = file.members
            members[1] = GzipPart(deflate: deflate, content: content)
            let error = await refusal(of: GzipFile(members: members).bytes)
            #expect(error?.code == .badFrame, "\(name)")
            #expect(error?.reason.contains("gzip member 1, which holds bytes 700 to 1399") == true, "\(name)")
        }
    }

    @Test func trailers() async throws {
        let sizes: [(UInt32, ArchiveError.Code)] = [
            (699, .badFrame), (701, .badFrame), (65536, .badFrame), (65537, .frameTooLarge), (1 << 31, .frameTooLarge),
            (.max, .frameTooLarge), (0, .emptyFrame),
        ]
        for (size, code) in sizes {
            var file = try Self.file()
            file.members[1].size = size
            #expect(await refusal(of: file.bytes)?.code == code)
        }
        for bit in 0..<32 {
            var file = try Self.file()
            file.members[1].checksum ^= 1 << UInt32(bit)
            #expect(await refusal(of: file.bytes)?.code == .badFrame)
        }
    }

    /// What is good before a damaged member is handed out, even from the same run of members.
    @Test func goodMembersBeforeADamagedOne() async throws {
        var file = try Self.file()
        file.members[5].checksum ^= 1
        let error = await refusal(of: file.bytes)
        #expect(error?.code == .badFrame)
        #expect(error?.lastCompleteEntry == "c/b")
    }

    // MARK: Too much and too little

    @Test func emptyMembers() async throws {
        let file = try Self.file()
        let empty: [[UInt8]] = [
            GzipPart.endMarker, GzipPart(stored: []).bytes, GzipPart(deflate: [3, 0b0000_0100], content: []).bytes,
        ]
        for place in 0...file.members.count {
            for member in empty {
                var bytes = file.members[..<place].flatMap(\.bytes) + member
                bytes += file.members[place...].flatMap(\.bytes)
                bytes += file.bytes[file.content.count...]
                #expect(await refusal(of: bytes)?.code == .emptyFrame, "before member \(place)")
            }
        }
    }

    @Test func extraMembers() async throws {
        let file = try Self.file()
        let end = file.content.count
        let other = GzipPart(stored: [1]).bytes
        #expect(await refusal(of: file.content + other + file.bytes[end...])?.code == .trailingBytes)
        #expect(await refusal(of: file.bytes + file.bytes)?.code == .trailingBytes)
        // A second archive, with a tail for both.
        let both = GzipFile(members: file.members + file.members)
        #expect(gzipReads(both.bytes))
        #expect(await refusal(of: both.bytes)?.code == .trailingBytes)
        // The first with its tail, the second with a tail for all members that are there.
        let hidden = GzipFile(members: file.members + file.tableMembers + [file.footer] + file.members)
        #expect(await refusal(of: hidden.bytes)?.code == .trailingBytes)
        for extra: [UInt8] in [[0], GzipPart.endMarker, other, Array("x".utf8), file.footer.bytes + file.end] {
            #expect(await refusal(of: file.bytes + extra)?.code == .trailingBytes)
        }
        let less = Array(file.bytes[file.members[0].bytes.count...])
        #expect(await refusal(of: less) != nil)
    }

    @Test func missingParts() async throws {
        let file = try Self.file()
        let table = file.tableMembers.flatMap(\.bytes)
        #expect(await refusal(of: file.content + table + file.footer.bytes)?.code == .truncated)
        #expect(await refusal(of: file.content + table)?.code == .truncated)
        #expect(await refusal(of: file.content)?.code == .truncated)
        #expect(await refusal(of: file.content + table + file.end)?.code == .badLocator)
        #expect(await refusal(of: file.content + file.footer.bytes + file.end)?.code == .badFrame)
        // What bgzip makes of the same tar.
        #expect(await refusal(of: file.content + file.end)?.code == .badLocator)
        #expect(await refusal(of: table + file.footer.bytes + file.end) != nil)
        #expect(await refusal(of: file.footer.bytes + file.end) != nil)
        #expect(await refusal(of: file.end) != nil)
    }
}
