import Archive
import TestSupport
import Testing

/// Pieces of a stream on their way between two processes, of which one may lie.
struct PieceCompressionTests {
    private static func frame(_ content: [UInt8]) throws -> [UInt8] {
        try #require(try PieceCompressor().compress(content[...]))
    }

    private static func refusal(_ frame: [UInt8]) throws -> ArchiveError.Code? {
        let decompressor = try PieceDecompressor()
        return #expect(throws: ArchiveError.self) { try decompressor.content(of: frame[...]) }?.code
    }

    @Test func whatGoesInComesOut() throws {
        var random = SeededGenerator(seed: 11)
        let (compressor, decompressor) = (try PieceCompressor(), try PieceDecompressor())
        for size in [512, 700, 65_535, 65_791, 65_792, 300_000, PieceDecompressor.maximumPieceBytes, 4_000] {
            let content = random.text(size + 10)
            // A slice of something longer, as pieces are.
            let piece = content[7..<(7 + size)]
            let frame = try #require(compressor.compress(piece), "\(size)")
            #expect(frame.count < size)
            let sent = [0, 0, 0, 1] + frame
            #expect(try decompressor.content(of: sent[4...]) == Array(piece))
        }
    }

    @Test func whatBecomesNoSmallerGoesAsItIs() throws {
        var random = SeededGenerator(seed: 12)
        let compressor = try PieceCompressor()
        #expect(compressor.compress([]) == nil)
        #expect(compressor.compress(random.text(511)[...]) == nil)
        let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(compressor.compress(noise[...]) == nil)
    }

    /// One frame, whole, and nothing else.
    @Test func bytesBehindOrTooFewAreRefused() throws {
        var random = SeededGenerator(seed: 13)
        let frame = try Self.frame(random.text(2_000))
        #expect(try Self.refusal(frame + [0]) == .badFrame)
        #expect(try Self.refusal(frame + frame) == .badFrame)
        // A skippable frame, which libraries pass over.
        #expect(try Self.refusal(frame + [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]) == .badFrame)
        for count in 0..<frame.count { #expect(try Self.refusal(Array(frame[..<count])) != nil, "\(count) bytes") }
    }

    @Test func whatIsClaimedIsWhatComes() throws {
        let frame = try Self.frame([UInt8](repeating: 7, count: 2_000))
        // Two bytes have the size, less 256.
        #expect(frame[4] == 0b0110_0100)
        let claims: [UInt16] = [2_000 - 256 - 1, 2_000 - 256 + 1, 0, 65_535]
        for claimed in claims {
            var lying = frame
            (lying[5], lying[6]) = (UInt8(truncatingIfNeeded: claimed), UInt8(claimed >> 8))
            #expect(try Self.refusal(lying) == .badFrame, "\(claimed)")
        }
    }

    /// Whatever is claimed beyond the limit is refused by its header, before memory is taken for it.
    @Test(arguments: [UInt32(4 << 20) + 1, 8 << 20, 1 << 30, .max])
    func moreThanTheLimitIsRefused(size: UInt32) throws {
        let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1010_0100]
        let claim = withUnsafeBytes(of: size.littleEndian) { Array($0) }
        // One block of a repeated byte.
        let block: [UInt8] = [0b0000_0011, 0, 0x10, 0x61]
        #expect(try Self.refusal(header + claim + block + [0, 0, 0, 0]) == .frameTooLarge)
    }

    /// A window of its own, a dictionary, no checksum, no size.
    @Test(arguments: [0b0000_0001, 0b0000_0010, 0b0000_0011, 0b0000_1000, 0b0001_0000, 0b0010_0000, 0b0000_0100])
    func otherFormsAreRefused(bits: Int) throws {
        var frame = try Self.frame([UInt8](repeating: 7, count: 2_000))
        frame[4] ^= UInt8(bits)
        #expect(try Self.refusal(frame) == .badFrameHeader)
    }

    /// A changed bit is found, or has changed nothing; what was refused does no harm to what comes after it.
    @Test func everyBitIsLookedAt() throws {
        var random = SeededGenerator(seed: 14)
        let content = random.text(1_000)
        let frame = try Self.frame(content)
        let decompressor = try PieceDecompressor()
        for index in frame.indices {
            for bit in 0..<8 {
                var changed = frame
                changed[index] ^= 1 << bit
                if let found = try? decompressor.content(of: changed[...]) { #expect(found == content) }
            }
        }
        #expect(try decompressor.content(of: frame[...]) == content)
    }
}
