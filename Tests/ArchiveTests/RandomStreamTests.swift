import Archive
import TestSupport
import Testing

/// Archives of random sizes, cut in random ways, come back as they were written: as a whole and in parts.
struct RandomStreamTests {
    private static func samples(_ random: inout SeededGenerator) -> [Sample] {
        (0..<Int.random(in: 0...12, using: &random)).map { number in
            let limit = [1, 600, 5000, 140_000, 1_200_000].randomElement(using: &random)!
            let size = Int.random(in: 0..<limit, using: &random)
            let content: [UInt8] =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: random.text(size)
                case 1: [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
                default: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                }
            return Sample(path: "c/\(number)", content: content)
        }
    }

    @Test(arguments: Container.allCases, 0..<8)
    func writtenAndReadAgain(container: Container, seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let samples = Self.samples(&random)
        let stream = try samples.flatMap { try $0.blocks() } + StrictTar.endMarker
        let scratch = Scratch()
        let path = scratch.file("a")
        let smallest = max(512, stream.count / 2000)
        let options = ContainerOptions(
            level: container.levels.randomElement(using: &random).map { min($0, 9) },
            frameBytes: [smallest, 65279, 65280, 65281, 1 << 20, 4 << 20].randomElement(using: &random)!,
            workers: Int.random(in: 1...3, using: &random))
        let writer = ContainerWriter(output: try OutputFile(creating: path), container: container, options: options)
        var rest = stream[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...max(1, stream.count / 3), using: &random))
            rest = rest.dropFirst(piece.count)
            try await writer.write(piece)
            if Bool.random(using: &random) { try await writer.flush(sync: false) }
        }
        let locator = Locator(
            indexOffset: random.next(), indexSize: random.next(), tarLength: UInt64(stream.count),
            entries: random.next())
        try await writer.finish(locator: locator)

        let reader = try ContainerReader(path: path, workers: Int.random(in: 1...3, using: &random))
        #expect(reader.container == container)
        #expect(try await readAll(reader, time: nil).samples == samples)
        try reader.verifyTail(locator: locator)
        for _ in 0..<60 {
            let start = Int.random(in: 0..<stream.count, using: &random)
            let limit = [1, 513, 70_000, stream.count].randomElement(using: &random)!
            let count = Int.random(in: 0...min(limit, stream.count - start), using: &random)
            let found = try reader.read(tarOffset: UInt64(start), count: count)
            #expect(found == Array(stream[start..<(start + count)]), "\(count) bytes from \(start)")
        }
    }

    @Test(arguments: [1, 2, 255, 65279, 65280, 65281, 130_560, 1_044_480, 1_044_481])
    func membersOfEverySize(size: Int) async throws {
        var random = SeededGenerator(seed: UInt64(size))
        let noise = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        for content in [random.text(size), [UInt8](repeating: 0, count: size), noise] {
            for level in [1, 12] where level == 1 || size < 1 << 20 {
                let made = try await gzipContainer(content, frameBytes: 4 << 20, level: level)
                let reader = try ContainerReader(source: MemorySource(bytes: made.bytes))
                #expect(try reader.read(tarOffset: 0, count: size) == content)
                // Noise is stored: it never takes more than 31 bytes for each member.
                let members = (size + 65279) / 65280
                #expect(made.bytes.count <= size + 31 * members + 300)
            }
        }
    }
}
