import Archive
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
        if container == .tar {
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
}
