import Archive
import TestSupport
import Testing

/// Every flipped bit and every truncation of a small archive.
struct DamageTests {
    private static func samples() -> [Sample] {
        var random = SeededGenerator(seed: 3)
        return [
            Sample(path: "c/bagit.txt", content: Array("BagIt-Version: 1.0\n".utf8)),
            Sample(path: "c/" + String(repeating: "long-", count: 21), content: random.text(100)),
        ]
    }

    private static func stream() throws -> [UInt8] {
        var stream: [UInt8] = []
        for sample in samples() { stream += try sample.blocks() }
        return stream + StrictTar.endMarker
    }

    private enum Outcome: String { case refused, identical, different }

    private static func text(_ counts: [Outcome: Int]) -> String {
        counts.map { "\($0.value) \($0.key.rawValue)" }.sorted().joined(separator: ", ")
    }

    private func outcome(_ bytes: [UInt8], _ samples: [Sample], _ locator: Locator) async -> Outcome {
        do {
            let reader = try ContainerReader(source: MemorySource(bytes: bytes), workers: 1)
            let found = try await readAll(reader)
            try reader.verifyTail(locator: locator)
            return found.samples == samples ? .identical : .different
        } catch {
            return .refused
        }
    }

    @Test func flippedBitsOfTarZst() async throws {
        let samples = Self.samples()
        let made = try await zstdContainer(try Self.stream(), frameBytes: 1024)
        var counts: [Outcome: Int] = [:]
        for index in made.bytes.indices {
            for bit in 0..<8 {
                var bytes = made.bytes
                bytes[index] ^= 1 << UInt8(bit)
                counts[await outcome(bytes, samples, made.locator), default: 0] += 1
            }
        }
        print("tar.zst, \(8 * made.bytes.count) flipped bits:", Self.text(counts))
        #expect(counts[.different] == nil)
        #expect((counts[.identical] ?? 0) < made.bytes.count / 10)
    }

    @Test func flippedBitsOfTarGz() async throws {
        let samples = Self.samples(), stream = try Self.stream()
        let made = try await gzipContainer(stream, frameBytes: 1024)
        let scratch = Scratch()
        _ = scratch.write(stream, to: "stream")
        var counts: [Outcome: Int] = [:]
        for index in made.bytes.indices {
            for bit in 0..<8 {
                var bytes = made.bytes
                bytes[index] ^= 1 << UInt8(bit)
                let outcome = await outcome(bytes, samples, made.locator)
                counts[outcome, default: 0] += 1
                if outcome == .identical { _ = scratch.write(bytes, to: "\(index).\(bit).gz") }
            }
        }
        print("tar.gz, \(8 * made.bytes.count) flipped bits:", Self.text(counts))
        #expect(counts[.different] == nil)
        #expect((counts[.identical] ?? 0) < made.bytes.count / 10)
        // Another decompressor makes the same of what was not refused.
        let check = "for file in *.gz; do gzip -dc $file | head -c \(stream.count) | cmp -s - stream || exit 9; done"
        #expect(run("sh", "-c", "cd \(scratch.path) && \(check)") == 0)
    }

    @Test func flippedBitsOfTar() async throws {
        let samples = Self.samples(), stream = try Self.stream()
        let whole = plainContainer(stream)
        let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(stream.count), entries: 0)
        var counts: [Outcome: Int] = [:]
        for index in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[index] ^= 1 << UInt8(bit)
                counts[await outcome(bytes, samples, locator), default: 0] += 1
            }
        }
        print("tar, \(8 * whole.count) flipped bits:", Self.text(counts))
        // A .tar has no checksum of content, nor of the part of a path that only the extended header has. Such bits
        // give other content or another path, which digests and the index see. No other bit gets through.
        let content = 8 * samples.reduce(0) { $0 + $1.content.count }
        let paths = 8 * samples.reduce(0) { $0 + max(0, $1.path.utf8.count - 100) }
        #expect(counts[.identical] == nil)
        #expect((content..<(content + paths)).contains(counts[.different] ?? 0))
    }

    @Test func randomAccessOfDamagedFilesGivesRightBytesOrNone() async throws {
        let stream = try Self.stream()
        let containers = [
            try await zstdContainer(stream, frameBytes: 1024).bytes,
            try await gzipContainer(stream, frameBytes: 1024).bytes,
        ]
        for whole in containers {
            for index in whole.indices {
                var bytes = whole
                bytes[index] ^= 1 << UInt8(index % 8)
                guard let reader = try? ContainerReader(source: MemorySource(bytes: bytes), workers: 1) else {
                    continue
                }
                for offset in stride(from: 0, to: stream.count - 100, by: 900) {
                    if let found = try? reader.read(tarOffset: UInt64(offset), count: 100) {
                        #expect(found == Array(stream[offset..<(offset + 100)]))
                    }
                }
            }
        }
    }

    @Test func truncationAtEveryByte() async throws {
        let stream = try Self.stream()
        let containers = [
            plainContainer(stream), try await zstdContainer(stream, frameBytes: 1024).bytes,
            try await gzipContainer(stream, frameBytes: 1024).bytes,
        ]
        for whole in containers {
            for count in whole.indices {
                let error = await refusal(of: Array(whole[..<count]))
                let code = error?.code
                if count >= 512 {
                    #expect(code == .truncated, "\(count) of \(whole.count): \(String(describing: error))")
                } else {
                    #expect(code == .truncated || code == .notAnArchive, "\(count) of \(whole.count)")
                }
            }
        }
        let cut = await refusal(of: Array(plainContainer(stream)[..<2000]))
        #expect(cut?.lastCompleteEntry == "c/bagit.txt")
    }

    @Test func noiseIsRefusedWithoutTrouble() async {
        var random = SeededGenerator(seed: 11)
        for round in 0..<300 {
            let count = Int.random(in: 0...3000, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if round % 3 == 0 { bytes = [0x28, 0xB5, 0x2F, 0xFD, 0b0010_0100] + bytes }
            if round % 3 == 1 { bytes = GzipPart.endMarker.prefix(16) + bytes }
            if round % 6 == 1 { bytes += GzipFile([]).footer.bytes + GzipPart.endMarker }
            #expect(await refusal(of: bytes) != nil)
        }
    }
}
