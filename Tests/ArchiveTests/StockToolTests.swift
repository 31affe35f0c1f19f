import Archive
import TestSupport
import Testing

/// What stock tools make of a container.
struct StockToolTests {
    @Test(arguments: Container.allCases)
    func toolsExtractWhatWasWritten(container: Container) async throws {
        let scratch = Scratch()
        let samples = Sample.corners()
        let path = scratch.file("a" + container.fileExtension)
        try await writeContainer(samples, to: path, container: container)
        if container == .tarZstd {
            #expect(run("zstd", "-tq", path) == 0)
            #expect(run("zstd", "-dqo", scratch.file("plain.tar"), path) == 0)
            var stream: [UInt8] = []
            for sample in samples { stream += try sample.blocks() }
            #expect(contents(of: scratch.file("plain.tar")) == stream + StrictTar.endMarker)
        }
        for tool in ["tar", "bsdtar"] {
            let folder = scratch.file(tool)
            _ = run("mkdir", folder)
            // bsdtar is not on every machine; GNU tar is.
            guard let status = run(tool, "-xf", path, "-C", folder) else {
                #expect(tool == "bsdtar")
                continue
            }
            #expect(status == 0)
            for sample in samples {
                #expect(contents(of: folder + "/" + sample.path) == sample.content, "\(tool): \(sample.path)")
            }
        }
        if container == .tarGz { try await expectGzipTools(path, samples) }
        if container != .tarZstd {
            let script = """
                import sys, tarfile
                archive = tarfile.open(sys.argv[1])
                members = archive.getmembers()
                assert len(members) == int(sys.argv[2])
                assert all(m.isreg() and m.mtime == int(sys.argv[3]) and m.mode == 0o644 for m in members)
                """
            #expect(run("python3", "-c", script, path, "\(samples.count)", "\(Sample.time)") == 0)
        }
    }

    /// gzip gives the tar stream and, behind its end, what is in the table.
    private func expectGzipTools(_ path: String, _ samples: [Sample]) async throws {
        let scratch = Scratch()
        let stream = try samples.flatMap { try $0.blocks() } + StrictTar.endMarker
        var tools = [("gzip", "gzip -t", "gzip -dc"), ("zcat", "true", "zcat")]
        for tool in ["pigz", "bgzip"] {
            if isInstalled(tool) {
                tools.append((tool, "\(tool) -t", "\(tool) -dc"))
            } else {
                print("\(tool) was not asked: it is not installed")
            }
        }
        for (tool, test, decompress) in tools {
            #expect(run("sh", "-c", "\(test) \(path)") == 0, "\(tool)")
            #expect(run("sh", "-c", "\(decompress) \(path) > \(scratch.file(tool))") == 0, "\(tool)")
            let content = contents(of: scratch.file(tool))
            #expect(content.starts(with: stream), "\(tool)")
            #expect((content.count - stream.count - 88) % 16 == 0, "\(tool)")
            #expect(content.suffix(8).elementsEqual("EXHBGZF1".utf8), "\(tool)")
        }
        let script = """
            import gzip, sys
            stream = open(sys.argv[2], "rb").read()
            content = gzip.open(sys.argv[1]).read()
            assert content[:len(stream)] == stream and content[-8:] == b"EXHBGZF1"
            """
        #expect(run("python3", "-c", script, path, scratch.write(stream, to: "stream")) == 0)
    }

    @Test(.enabled(if: isInstalled("bgzip"), "there is no bgzip: Debian has it in tabix"))
    func bgzipFindsTheSameBlocks() async throws {
        let scratch = Scratch()
        let path = scratch.file("a.tar.gz"), samples = Sample.corners()
        let locator = try await writeContainer(samples, to: path, container: .tarGz)
        let stream = try samples.flatMap { try $0.blocks() } + StrictTar.endMarker
        // Its index: a number, then a pair of offsets for each block but the first.
        #expect(run("bgzip", "-r", path) == 0)
        let index = contents(of: path + ".gzi")
        let numbers = stride(from: 0, to: index.count, by: 8).map {
            UInt64(number(index, $0)) | UInt64(number(index, $0 + 4)) << 32
        }
        let offsets = memberOffsets(contents(of: path)).map(UInt64.init)
        let pairs = stride(from: 1, to: numbers.count, by: 2).map { (file: numbers[$0], tar: numbers[$0 + 1]) }
        #expect(numbers.first == UInt64(pairs.count))
        #expect(offsets.dropFirst().starts(with: pairs.map(\.file)))
        #expect(pairs.contains { $0.tar == locator.tarLength }, "the table begins with a member of its own")
        // And its random access through that index.
        let reader = try ContainerReader(path: path)
        var random = SeededGenerator(seed: 4)
        for _ in 0..<10 {
            let offset = Int.random(in: 0..<(stream.count - 5000), using: &random)
            let piece = scratch.file("piece")
            #expect(run("sh", "-c", "bgzip -b \(offset) -s 5000 \(path) > \(piece)") == 0)
            #expect(contents(of: piece) == Array(stream[offset..<(offset + 5000)]))
            #expect(try reader.read(tarOffset: UInt64(offset), count: 5000) == contents(of: piece))
        }
    }

    /// Members that bgzip made are ours, once the tail is there.
    @Test(.enabled(if: isInstalled("bgzip"), "there is no bgzip: Debian has it in tabix"))
    func membersOfBgzipAreAccepted() async throws {
        let scratch = Scratch()
        let samples = Sample.corners()
        let stream = try samples.flatMap { try $0.blocks() } + StrictTar.endMarker
        #expect(run("bgzip", "-@", "2", scratch.write(stream, to: "a.tar")) == 0)
        let bytes = contents(of: scratch.file("a.tar.gz"))
        #expect(bytes.suffix(28) == GzipPart.endMarker[...])
        #expect(await refusal(of: bytes)?.code == .badLocator)
        let offsets = memberOffsets(Array(bytes.dropLast(28)))
        var file = GzipFile(members: [])
        var tar: UInt64 = 0
        for (number, offset) in offsets.dropLast().enumerated() {
            if number % 64 == 0 { file.rows.append((UInt64(offset), tar)) }
            tar += UInt64(ArchiveTests.number(bytes, offsets[number + 1] - 4))
        }
        file.locator.tarLength = tar
        let reader = try ContainerReader(source: MemorySource(bytes: bytes.dropLast(28) + file.bytes))
        #expect(try await readAll(reader).samples == samples)
        #expect(try reader.read(tarOffset: 0, count: stream.count) == stream)
    }
}

/// True when there is such a program.
func isInstalled(_ tool: String) -> Bool {
    run("sh", "-c", "command -v \(tool)") == 0
}
