import Archive
import Synchronization
import TestSupport
import Testing

struct ContainerWriterTests {
    @Test(arguments: Container.allCases)
    func overlappingWritesKeepTheirBytesTogether(container: Container) async throws {
        let scratch = Scratch()
        let path = scratch.file("a")
        let writer = ContainerWriter(
            output: try OutputFile(creating: path), container: container,
            options: ContainerOptions(frameBytes: 512, workers: 2))
        let piece = 100 * 512
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 1...20 {
                group.addTask { try await writer.write([UInt8](repeating: UInt8(index), count: piece)) }
            }
            try await group.waitForAll()
        }
        let length = await writer.position
        #expect(length == UInt64(20 * piece))
        try await writer.finish(locator: Locator(indexOffset: 0, indexSize: 0, tarLength: length, entries: 0))
        // Not a tar, but random access does not look at headers.
        let bytes = contents(of: path)
        let stream: [UInt8]
        switch container {
        case .tar: stream = Array(bytes[..<(20 * piece)])
        case .tarZstd, .tarGz: stream = try ContainerReader(path: path).read(tarOffset: 0, count: 20 * piece)
        }
        var seen: Set<UInt8> = []
        for start in stride(from: 0, to: stream.count, by: piece) {
            #expect(stream[start..<(start + piece)].allSatisfy { $0 == stream[start] })
            seen.insert(stream[start])
        }
        #expect(seen.count == 20)
    }

    @Test func whatWasFlushedCanBeReadBack() async throws {
        let scratch = Scratch()
        let samples = Sample.corners()
        for container in Container.allCases {
            let path = scratch.file("a" + container.fileExtension)
            let writer = ContainerWriter(output: try OutputFile(creating: path), container: container)
            for sample in samples.prefix(5) { try await writer.write(try sample.blocks()) }
            try await writer.flush(sync: true)
            for sample in samples.dropFirst(5) { try await writer.write(try sample.blocks()) }
            let reader = try ContainerReader(path: path)
            #expect(reader.locator == nil)
            #expect(reader.tailProblem != nil)
            var read: [Sample] = []
            let error = await failure {
                try await reader.entries { entry, body in
                    let content = try await body.readAll(limit: 100 << 20)
                    read.append(Sample(path: entry.path, content: content))
                }
            }
            #expect(error?.code == .truncated)
            #expect(read.starts(with: samples.prefix(5)))
            if read.count == 5 { #expect(error?.lastCompleteEntry == samples[4].path) }
        }
    }

    @Test func tapSeesTheFile() async throws {
        let scratch = Scratch()
        for container in Container.allCases {
            let seen = Mutex<[UInt8]>([])
            let path = scratch.file("a" + container.fileExtension)
            let writer = ContainerWriter(
                output: try OutputFile(creating: path), container: container,
                tap: { bytes in seen.withLock { $0 += bytes } })
            try await writer.write(StrictTar.endMarker)
            try await writer.finish(locator: Locator(indexOffset: 0, indexSize: 0, tarLength: 1024, entries: 0))
            #expect(seen.withLock { $0 } == contents(of: path))
        }
    }

    @Test func mistakesOfTheCallerAreErrors() async throws {
        let scratch = Scratch()
        let writer = ContainerWriter(output: try OutputFile(creating: scratch.file("a")), container: .tarZstd)
        try await writer.write(StrictTar.endMarker)
        let wrong = Locator(indexOffset: 0, indexSize: 0, tarLength: 1, entries: 0)
        #expect(await failure { try await writer.finish(locator: wrong) }?.code == .misuse)
        var right = wrong
        right.tarLength = 1024
        try await writer.finish(locator: right)
        #expect(await failure { try await writer.write([1]) }?.code == .misuse)
        #expect(await failure { try await writer.finish(locator: right) }?.code == .misuse)
    }

    @Test(arguments: [1, 2, 255, 256, 257, 65535, 65791, 65792, 65793, 1 << 20, (1 << 20) + 1, 8 << 20])
    func framesOfEverySizeHaveTheStrictForm(size: Int) async throws {
        var random = SeededGenerator(seed: UInt64(size))
        for content in [random.text(size), [UInt8](repeating: 0, count: size)] {
            let made = try await zstdContainer(content, frameBytes: 8 << 20)
            // Random access checks the form of the header.
            let reader = try ContainerReader(source: MemorySource(bytes: made.bytes))
            #expect(try reader.read(tarOffset: 0, count: size) == content)
        }
    }

    @Test func containersByName() {
        #expect(Container(fileName: "x/a.tar.zst") == .tarZstd)
        #expect(Container(fileName: "a.tar") == .tar)
        #expect(Container(fileName: "a.tar.gz") == .tarGz)
        #expect(Container(fileName: "a.tgz") == nil)
        #expect(Container(fileName: "a.zst") == nil)
    }
}
