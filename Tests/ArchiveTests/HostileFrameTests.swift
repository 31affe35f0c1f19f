import Archive
import Testing

/// `.tar.zst` files with frames, skippable frames and seek tables that the format forbids.
struct HostileFrameTests {
    private static let samples = [
        Sample(path: "c/a", content: [UInt8](repeating: 7, count: 1500)), Sample(path: "c/b", content: [1, 2, 3]),
    ]

    /// Frames of 700 bytes: their content size takes two bytes of the header.
    private static func container() async throws -> (bytes: [UInt8], frames: [Int], stream: [UInt8]) {
        var stream: [UInt8] = []
        for sample in samples { stream += try sample.blocks() }
        stream += StrictTar.endMarker
        let made = try await zstdContainer(stream, frameBytes: 700)
        return (made.bytes, made.frames, stream)
    }

    private static func skippable(_ magic: UInt32, _ content: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 8)
        put(magic, 0, in: &header)
        put(UInt32(content.count), 4, in: &header)
        return header + content
    }

    @Test func control() async throws {
        let made = try await Self.container()
        #expect(made.frames.count > 3)
        #expect(made.bytes[4] == 0b0110_0100)
        #expect(await refusal(of: made.bytes) == nil)
    }

    @Test(arguments: [0b0000_0001, 0b0000_0010, 0b0000_1000, 0b0001_0000, 0b0010_0000, 0b0000_0100])
    func headerBits(bit: Int) async throws {
        var made = try await Self.container()
        made.bytes[made.frames[1] + 4] ^= UInt8(bit)
        let error = await refusal(of: made.bytes)
        #expect(error?.code == .badFrameHeader)
        #expect(error?.reason.contains("frame 1") == true)
        #expect(error?.fileOffset == UInt64(made.frames[1]))
        #expect(error?.tarOffset == 700)
    }

    @Test func contentSizeInALongerField() async throws {
        let made = try await Self.container()
        let frame = made.frames[0]
        var bytes = made.bytes
        bytes[frame + 4] = 0b1010_0100
        var size = [UInt8](repeating: 0, count: 4)
        put(700, 0, in: &size)
        bytes.replaceSubrange((frame + 5)..<(frame + 7), with: size)
        #expect(await refusal(of: bytes)?.code == .badFrameHeader)
        // A stock decompressor reads it: the refusal is ours.
        let scratch = Scratch()
        #expect(run("zstd", "-tq", scratch.write(bytes, to: "a.zst")) == 0)
    }

    @Test(arguments: [(444 - 1, ArchiveError.Code.badFrame), (444 + 1, .badFrame), (0, .badFrame), (65535, .badFrame)])
    func lyingContentSize(field: Int, code: ArchiveError.Code) async throws {
        var made = try await Self.container()
        made.bytes[made.frames[1] + 5] = UInt8(field & 255)
        made.bytes[made.frames[1] + 6] = UInt8(field >> 8)
        let error = await refusal(of: made.bytes)
        #expect(error?.code == code)
        #expect(error?.reason.contains("frame 1") == true)
    }

    @Test func bombs() async throws {
        let made = try await Self.container()
        // A frame of 16 MiB and one of 4 EiB, by their headers; and one that claims 8 MiB and has them in 64 RLE blocks
        // of zeros but a wrong checksum.
        var header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1010_0100, 0, 0, 0, 1]
        #expect(await refusal(of: header + made.bytes)?.code == .frameTooLarge)
        header = [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0100, 0, 0, 0, 0, 0, 0, 0, 0x40]
        #expect(await refusal(of: header + made.bytes)?.code == .frameTooLarge)
        var bomb: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1010_0100, 0, 0, 0x80, 0]
        for index in 0..<64 { bomb += [UInt8(index == 63 ? 3 : 2), 0, 0x10, 0] }
        #expect(await refusal(of: bomb + [0, 0, 0, 0] + made.bytes)?.code == .badFrame)
        // Blocks without end and without content.
        var endless: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b0010_0100, 1]
        endless += [UInt8](repeating: 0, count: 10 << 20)
        #expect(await refusal(of: endless)?.code == .frameTooLarge)
    }

    @Test func emptyFrames() async throws {
        let made = try await Self.container()
        let empty: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b0010_0100, 0, 1, 0, 0, 0x99, 0xE9, 0xD8, 0x51]
        let scratch = Scratch()
        #expect(run("zstd", "-tq", scratch.write(empty, to: "a.zst")) == 0)
        for place in made.frames {
            let bytes = Array(made.bytes[..<place]) + empty + made.bytes[place...]
            #expect(await refusal(of: bytes)?.code == .emptyFrame)
        }
    }

    @Test func skippableFrames() async throws {
        let made = try await Self.container()
        for place in made.frames {
            for magic: UInt32 in [0x184D_2A50, 0x184D_2A5C, 0x184D_2A5E, 0x184D_2A5F] {
                let bytes = Array(made.bytes[..<place]) + Self.skippable(magic, [1, 2]) + made.bytes[place...]
                #expect(await refusal(of: bytes) != nil)
                if place > 0 { #expect(await refusal(of: bytes)?.code == .forbiddenSkippableFrame) }
            }
        }
        // A second locator; one in the middle; one of another size; none.
        let locator = Array(made.bytes[made.frames.last!..<(made.frames.last! + 72)])
        for place in made.frames.dropFirst() {
            let bytes = Array(made.bytes[..<place]) + locator + made.bytes[place...]
            let code = await refusal(of: bytes)?.code
            #expect(code == .forbiddenSkippableFrame || code == .badLocator)
        }
        var longer = made.bytes
        longer[made.frames.last! + 4] = 65
        #expect(await refusal(of: longer)?.code == .badLocator)
        var none = made.bytes
        none.removeSubrange(made.frames.last!..<(made.frames.last! + 72))
        #expect(await refusal(of: none)?.code == .forbiddenSkippableFrame)
    }

    @Test func extraFrames() async throws {
        let made = try await Self.container()
        let end = made.frames.last!
        let again = Array(made.bytes[..<made.frames[1]])
        #expect(await refusal(of: made.bytes[..<end] + again + made.bytes[end...])?.code == .trailingBytes)
        #expect(await refusal(of: made.bytes + again)?.code == .trailingBytes)
        #expect(await refusal(of: made.bytes + [0])?.code == .trailingBytes)
        #expect(await refusal(of: made.bytes + made.bytes)?.code == .trailingBytes)
        // One frame left out.
        let less = Array(made.bytes[..<made.frames[1]]) + made.bytes[made.frames[2]...]
        #expect(await refusal(of: less) != nil)
    }

    @Test func forgedSeekTables() async throws {
        let made = try await Self.container()
        let count = made.frames.count - 1
        let rows = made.bytes.count - 9 - 8 * (count + 1)
        func forge(_ edit: (inout [UInt8]) -> Void) async throws {
            var bytes = made.bytes
            edit(&bytes)
            let code = await refusal(of: bytes)?.code
            #expect(code == .badSeekTable)
            // Random access never gives anything but the right bytes.
            let reader = try ContainerReader(source: MemorySource(bytes: bytes), workers: 1)
            for offset in stride(from: 0, to: made.stream.count - 10, by: 333) {
                if let found = try? reader.read(tarOffset: UInt64(offset), count: 10) {
                    #expect(found == Array(made.stream[offset..<(offset + 10)]))
                }
            }
        }
        func row(_ index: Int, _ bytes: [UInt8]) -> (UInt32, UInt32) {
            (number(bytes, rows + 8 * index), number(bytes, rows + 8 * index + 4))
        }
        // Sums that stay right: content of one frame given to the next, file bytes likewise, rows exchanged.
        for index in 0..<(count - 1) {
            try await forge {
                put(row(index, $0).1 - 10, rows + 8 * index + 4, in: &$0)
                put(row(index + 1, $0).1 + 10, rows + 8 * index + 12, in: &$0)
            }
            try await forge {
                put(row(index, $0).0 - 1, rows + 8 * index, in: &$0)
                put(row(index + 1, $0).0 + 1, rows + 8 * index + 8, in: &$0)
            }
        }
        for value: UInt32 in [0, 1, 8 << 20, 9 << 20, 1 << 31, .max] {
            for index in 0..<(2 * count + 2) where number(made.bytes, rows + 4 * index) != value {
                try await forge { put(value, rows + 4 * index, in: &$0) }
            }
        }
        // The footer: number of frames, descriptor, magic.
        for value: UInt32 in [0, 1, 2, 1000, 1 << 22, 1 << 30, .max] {
            try await forge { put(value, $0.count - 9, in: &$0) }
        }
        try await forge { $0[$0.count - 5] = 0x80 }
        try await forge { $0[$0.count - 1] ^= 1 }
        // The size of the skippable frame.
        var bytes = made.bytes
        put(UInt32.max, rows - 4, in: &bytes)
        #expect(await refusal(of: bytes)?.code == .badSeekTable)
    }

    @Test func wrongLocators() async throws {
        let made = try await Self.container()
        let right = Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(made.stream.count), entries: 0)
        var other = right
        other.indexOffset = 512
        #expect(await refusal(of: made.bytes, locator: right) == nil)
        #expect(await refusal(of: made.bytes, locator: other)?.code == .badLocator)
        var bytes = made.bytes
        bytes[made.frames.last! + 8 + 32] ^= 1
        #expect(await refusal(of: bytes)?.code == .badLocator)
    }
}
