import Archive
import TestSupport
import Testing

/// Which deflate streams are accepted, against zlib: just those that it reads to the same content and the same end.
@Suite(.enabled(if: isInstalled("python3"), "there is no python3 to ask zlib"))
struct DeflateStreamTests {
    /// Makes streams of a content in every way that zlib has.
    private static let compress = """
        import sys, zlib
        content = open(sys.argv[1], "rb").read()
        number = 0
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE):
            for level, memory in ((1, 9), (9, 9), (6, 1)):
                compressor = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
                stream = compressor.compress(content) + compressor.flush()
                open(sys.argv[2] + "/%02d" % number, "wb").write(stream)
                number += 1
        """
    /// For each stream of a file of streams, a byte: 1 when it is the content, and ends where it should.
    private static let judge = """
        import sys, zlib
        content = open(sys.argv[1], "rb").read()
        streams = open(sys.argv[2], "rb").read()
        verdicts = bytearray()
        while streams:
            size = int.from_bytes(streams[:8], "little")
            stream, streams = streams[8:8 + size], streams[8 + size:]
            try:
                decompressor = zlib.decompressobj(-15)
                found = decompressor.decompress(stream)
                verdicts.append(found == content and decompressor.eof and not decompressor.unused_data)
            except zlib.error:
                verdicts.append(0)
        open(sys.argv[3], "wb").write(verdicts)
        """

    /// An archive, so that a stream of it can be a member.
    private static func archive(_ content: [UInt8]) throws -> [UInt8] {
        try Sample(path: "c/a", content: content).blocks() + StrictTar.endMarker
    }

    private static func samples() -> [[UInt8]] {
        var random = SeededGenerator(seed: 17)
        return [
            [], random.text(300), [UInt8](repeating: 7, count: 3000),
            (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) },
            (0..<1200).map { UInt8($0 & 3) ^ UInt8.random(in: 0...1, using: &random) },
        ]
    }

    private func streams(of archive: [UInt8], _ scratch: Scratch) async throws -> [[UInt8]] {
        let content = scratch.write(archive, to: "content")
        #expect(run("python3", "-c", Self.compress, content, scratch.path) == 0)
        var streams = (0..<12).map { contents(of: scratch.file($0 < 10 ? "0\($0)" : "\($0)")) }
        for level in [1, 6, 12] {
            let bytes = try await gzipContainer(archive, frameBytes: 1 << 20, level: level).bytes
            streams.append(Array(bytes[18..<(memberOffsets(bytes)[1] - 8)]))
        }
        return streams
    }

    private func isAccepted(_ stream: [UInt8], of archive: [UInt8]) async -> Bool {
        await refusal(of: GzipFile(members: [GzipPart(deflate: stream, content: archive)]).bytes) == nil
    }

    private func zlibVerdicts(_ streams: [[UInt8]], of archive: [UInt8], _ scratch: Scratch) -> [Bool] {
        let content = scratch.write(archive, to: "content")
        let file = scratch.write(streams.flatMap { littleEndian(UInt64($0.count)) + $0 }, to: "streams")
        #expect(run("python3", "-c", Self.judge, content, file, scratch.file("verdicts")) == 0)
        return contents(of: scratch.file("verdicts")).map { $0 == 1 }
    }

    @Test(arguments: 0..<5)
    func acceptedJustWhenZlibReadsThem(index: Int) async throws {
        let archive = try Self.archive(Self.samples()[index])
        let scratch = Scratch()
        var random = SeededGenerator(seed: UInt64(index))
        var tried: [[UInt8]] = [], ours: [Bool] = []
        for stream in try await streams(of: archive, scratch) {
            tried.append(stream)
            #expect(await isAccepted(stream, of: archive))
            ours.append(true)
            // Codes are at the front; what is flipped twice may be a valid code again.
            for round in 0..<100 {
                var changed = stream
                let reach = round % 2 == 0 ? min(stream.count, 60) : stream.count
                for _ in 0...(round % 3) {
                    changed[Int.random(in: 0..<reach, using: &random)] ^= 1 << UInt8(round % 8)
                }
                tried.append(changed)
                ours.append(await isAccepted(changed, of: archive))
            }
        }
        let zlib = zlibVerdicts(tried, of: archive, scratch)
        #expect(zlib.count == ours.count)
        let different = zip(zip(ours, zlib), tried).filter { $0.0.0 != $0.0.1 }
        #expect(
            different.isEmpty,
            "\(different.count) of \(tried.count), the first: \(different.first.map { "\($0)" } ?? "")")
        print("deflate streams, content \(index): \(ours.count { $0 }) of \(ours.count) accepted, as by zlib")
    }

    /// What libdeflate reads and others do not.
    @Test func meaningsThatOnlySomeGive() async throws {
        // 1,024 zeros in fixed codes: a literal, then lengths of 258 and what is left, at distance 1.
        let archive = StrictTar.endMarker
        func stream(_ symbol: UInt32) -> [UInt8] {
            var bits = BitWriter()
            bits.put(1, 1)
            bits.put(1, 2)
            bits.putCode(0x30, 8)
            for _ in 0..<3 {
                bits.putCode(0xC0 + symbol - 280, 8)
                bits.putCode(0, 5)
            }
            // 249 more: symbol 284 stands for 227 and five bits.
            bits.putCode(0xC4, 8)
            bits.put(22, 5)
            bits.putCode(0, 5)
            bits.putCode(0, 7)
            return bits.bytes
        }
        #expect(await isAccepted(stream(285), of: archive))
        #expect(await !isAccepted(stream(286), of: archive))
        #expect(await !isAccepted(stream(287), of: archive))
        let scratch = Scratch()
        #expect(
            zlibVerdicts([stream(285), stream(286), stream(287)], of: archive, scratch) == [true, false, false])
    }
}

/// Bits in the order of a deflate stream.
private struct BitWriter {
    var bytes: [UInt8] = []
    private var used = 8

    mutating func put(_ value: UInt32, _ count: Int) {
        for bit in 0..<count {
            if used == 8 {
                bytes.append(0)
                used = 0
            }
            bytes[bytes.count - 1] |= UInt8(value >> UInt32(bit) & 1) << UInt8(used)
            used += 1
        }
    }

    /// Codes begin with their highest bit.
    mutating func putCode(_ code: UInt32, _ count: Int) {
        for bit in (0..<count).reversed() { put(code >> UInt32(bit) & 1, 1) }
    }
}
