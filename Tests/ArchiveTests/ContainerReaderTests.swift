import Archive
import Testing

struct ContainerReaderTests {
    @Test(arguments: Container.allCases, [512, 4096, 4 << 20, 8 << 20])
    func readsWhatWasWritten(container: Container, frameBytes: Int) async throws {
        let scratch = Scratch()
        let path = scratch.file("a" + container.fileExtension)
        let samples = frameBytes < 4 << 20 ? Sample.corners().filter { $0.content.count < 200_000 } : Sample.corners()
        let locator = try await writeContainer(
            samples, to: path, container: container, options: ContainerOptions(frameBytes: frameBytes, workers: 2))
        let reader = try ContainerReader(path: path)
        #expect(reader.container == container)
        #expect(reader.locator == locator)
        var offset: UInt64 = 0
        var entries: [TarEntry] = []
        let summary = try await reader.entries { entry, body in
            #expect(entry.offset == offset)
            offset = entry.endOffset
            let sample = samples[entries.count]
            #expect(entry.path == sample.path)
            #expect(entry.size == UInt64(sample.content.count))
            let content = try await body.readAll(limit: 10 << 20)
            #expect(content == sample.content)
            entries.append(entry)
        }
        #expect(entries.count == samples.count)
        #expect(summary.entries == UInt64(samples.count))
        #expect(summary.modificationTime == Sample.time)
        #expect(summary.tarLength == locator.tarLength)
        try reader.verifyTail(locator: locator)
        for (entry, sample) in zip(entries, samples).reversed() {
            #expect(try reader.read(tarOffset: entry.contentOffset, count: sample.content.count) == sample.content)
            let header = try StrictTar.header(path: entry.path, size: entry.size, modificationTime: Sample.time)
            #expect(try reader.read(tarOffset: entry.offset, count: header.count) == header)
        }
    }

    @Test func bodiesMayBeReadInPartOrNotAtAll() async throws {
        let scratch = Scratch()
        let samples = Sample.corners()
        try await writeContainer(samples, to: scratch.file("a.tar.zst"), container: .tarZstd)
        let reader = try ContainerReader(path: scratch.file("a.tar.zst"))
        var seen: [String] = []
        try await reader.entries { entry, body in
            seen.append(entry.path)
            if seen.count % 2 == 0, let piece = try await body.next() {
                #expect(samples[seen.count - 1].content.starts(with: piece))
            }
        }
        #expect(seen == samples.map(\.path))
    }

    @Test func emptyArchiveIsAnArchive() async throws {
        for container in Container.allCases {
            let scratch = Scratch()
            try await writeContainer([], to: scratch.file("a"), container: container)
            let reader = try ContainerReader(path: scratch.file("a"))
            #expect(try await readAll(reader).summary.entries == 0)
        }
    }

    @Test func randomReadsOutsideAreRefused() async throws {
        for container in Container.allCases {
            let scratch = Scratch()
            let locator = try await writeContainer(Sample.corners(), to: scratch.file("a"), container: container)
            let reader = try ContainerReader(path: scratch.file("a"))
            #expect(try reader.read(tarOffset: locator.tarLength - 1024, count: 1024) == StrictTar.endMarker)
            for (offset, count) in [(locator.tarLength, 1), (locator.tarLength - 1, 2), (.max, 1), (1, .max)] {
                let error = #expect(throws: ArchiveError.self) { try reader.read(tarOffset: offset, count: count) }
                #expect(error?.code == .outOfRange)
            }
        }
    }

    @Test func foreignFilesAreNamed() async {
        let files: [([UInt8], String)] = [
            ([], "empty"), ([0x1F, 0x8B, 8, 0], "not BGZF"), (Array("age-encryption.org/v1\n".utf8), "age"),
            (Array("PK\u{3}\u{4}".utf8), "none of"), ([UInt8](repeating: 65, count: 5000), "none of"),
        ]
        for (bytes, word) in files {
            let error = await refusal(of: bytes)
            #expect(error?.code == .notAnArchive)
            #expect(error?.reason.contains(word) == true)
        }
        for path in ["/", "/nowhere", "/dev/null"] {
            let error = #expect(throws: ArchiveError.self) { try ContainerReader(path: path) }
            #expect(error?.code == .readFailed)
        }
    }

    @Test func archivesOfStockToolsAreRefused() async throws {
        let scratch = Scratch()
        _ = scratch.write(Array("x\n".utf8), to: "file")
        let script = "tar cf a.tar file && zstd -q a.tar && tar --format=ustar -cf b.tar file"
        _ = run("sh", "-c", "cd \(scratch.path) && \(script)")
        for name in ["a.tar", "a.tar.zst", "b.tar"] {
            await #expect(throws: ArchiveError.self) {
                try await readAll(ContainerReader(path: scratch.file(name)), time: nil)
            }
        }
    }
}
