import Archive
import TestSupport
import Testing

/// What a pass through a foreign archive gives.
struct ForeignPassed {
    var entries: [ForeignEntry] = []
    var contents: [[UInt8]] = []
    var problems: [String] = []
    var error: ArchiveError?

    var paths: [String] { entries.map { String(decoding: $0.path, as: UTF8.self) } }

    init(_ path: String, limits: ForeignLimits = ForeignLimits()) {
        do {
            try ForeignArchive(path: path, limits: limits).pass { entry, content in
                entries.append(entry)
                var bytes: [UInt8] = []
                if entry.kind == .file, let problem = try content.pieces({ bytes += $0 }) { problems.append(problem) }
                contents.append(bytes)
            }
        } catch let failure as ArchiveError {
            error = failure
        } catch {
            Issue.record("\(error)")
        }
    }

    /// The content of the file whose path ends so.
    func content(_ ending: String) -> [UInt8]? {
        entries.indices.first { paths[$0].hasSuffix(ending) }.map { contents[$0] }
    }
}

/// Archives of stock tools, as other tools' captures come.
struct ForeignArchiveTests {
    private let scratch = Scratch()
    private let longName = "a-folder-with-a-long-name/" + String(repeating: "n", count: 90) + "/häfen.log"

    /// A folder `case` with a few files.
    private func makeFiles() -> (large: [UInt8], small: [UInt8]) {
        var generator = SeededGenerator(seed: 5)
        let large = generator.text(3_000_000)
        let small = Array("small\n".utf8)
        _ = run("mkdir", "-p", scratch.file("case/a-folder-with-a-long-name/" + String(repeating: "n", count: 90)))
        _ = scratch.write(large, to: "case/large.log")
        _ = scratch.write(small, to: "case/" + longName)
        _ = scratch.write([], to: "case/empty")
        return (large, small)
    }

    private func expectFiles(_ passed: ForeignPassed, _ files: (large: [UInt8], small: [UInt8]), _ words: String) {
        #expect(passed.error == nil, "\(words)")
        #expect(passed.problems.isEmpty, "\(words)")
        #expect(passed.entries.count { $0.kind == .file } == 3, "\(words): \(passed.paths)")
        #expect(passed.content("case/large.log") == files.large, "\(words)")
        #expect(passed.content("case/" + longName) == files.small, "\(words): \(passed.paths)")
        #expect(passed.content("case/empty") == [], "\(words)")
    }

    @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"])
    func everyCompressionOfTar(ending: String) {
        let files = makeFiles()
        let path = scratch.file("a." + ending)
        #expect(run("tar", "-caf", path, "-C", scratch.path, "case") == 0)
        expectFiles(ForeignPassed(path), files, ending)
    }

    @Test(arguments: ["gnu", "pax"])
    func everyFormatOfTar(format: String) {
        let files = makeFiles()
        let path = scratch.file("a.tar")
        #expect(run("tar", "--format=\(format)", "-cf", path, "-C", scratch.path, "case") == 0)
        expectFiles(ForeignPassed(path), files, format)
    }

    @Test
    func ustarHasShortNames() {
        _ = scratch.write([1, 2, 3], to: "f")
        let path = scratch.file("a.tar")
        #expect(run("tar", "--format=ustar", "-cf", path, "-C", scratch.path, "./f") == 0)
        let passed = ForeignPassed(path)
        #expect(passed.paths == ["./f"])
        #expect(passed.contents == [[1, 2, 3]])
    }

    @Test
    func zip() {
        let files = makeFiles()
        let path = scratch.file("a.zip")
        #expect(run("sh", "-c", "cd \(scratch.path) && python3 -m zipfile -c a.zip case") == 0)
        expectFiles(ForeignPassed(path), files, "zip")
    }

    @Test
    func zerosBehindTheEndArePadding() {
        _ = scratch.write([1], to: "f")
        #expect(run("tar", "-b", "2000", "-cf", scratch.file("a.tar"), "-C", scratch.path, "f") == 0)
        #expect(ForeignPassed(scratch.file("a.tar")).error == nil)
    }
}
