import Archive
import TestSupport
import Testing

/// Archives that are cut, changed or made to harm. Each is made by a stock tool, then spoilt.
struct HostileForeignTests {
    private let scratch = Scratch()

    /// An archive with three files; the second is 3 MB that cannot be compressed.
    private func archive(_ ending: String) -> String {
        for name in ["a", "c"] { _ = scratch.write(Array("\(name)\n".utf8), to: name) }
        #expect(run("sh", "-c", "head -c 3000000 /dev/urandom > \(scratch.file("b"))") == 0)
        let path = scratch.file("archive." + ending)
        let command = ending == "zip" ? "python3 -m zipfile -c \(path) a b c" : "tar -caf \(path) a b c"
        #expect(run("sh", "-c", "cd \(scratch.path) && \(command)") == 0)
        return path
    }

    private func python(_ script: String) -> String {
        let path = scratch.file("made")
        #expect(run("python3", "-c", "import io, sys, tarfile, zipfile\npath = sys.argv[1]\n" + script, path) == 0)
        return path
    }

    @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"])
    func cutInTheMiddle(ending: String) {
        let whole = contents(of: archive(ending))
        let passed = ForeignPassed(scratch.write(Array(whole.prefix(whole.count / 2)), to: "cut"))
        #expect(passed.paths == ["a", "b"])
        #expect(passed.problems.count == 1)
        #expect(passed.error?.code == .truncated)
        #expect(passed.error?.lastCompleteEntry == "a")
    }

    @Test
    func cutZipHasNoDirectory() {
        let whole = contents(of: archive("zip"))
        let passed = ForeignPassed(scratch.write(Array(whole.prefix(whole.count / 2)), to: "cut"))
        #expect(passed.error?.code == .notAnArchive)
        #expect(passed.entries.isEmpty)
    }

    @Test
    func cutBetweenEntries() {
        let whole = contents(of: archive("tar"))
        // Behind a: a header and a block.
        let passed = ForeignPassed(scratch.write(Array(whole.prefix(1_024)), to: "cut"))
        #expect(passed.paths == ["a"])
        #expect(passed.error?.code == .badEndMarker)
    }

    @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"])
    func bytesBehindTheEnd(ending: String) {
        let path = scratch.write(contents(of: archive(ending)) + Array("and more".utf8), to: "more")
        let passed = ForeignPassed(path)
        // libarchive drops what an xz or zstd block has in front of what it does not understand.
        let isDropped = ending == "tar.xz" || ending == "tar.zst"
        #expect(passed.paths == (isDropped ? ["a", "b"] : ["a", "b", "c"]))
        #expect(passed.problems.isEmpty == !isDropped)
        #expect(passed.error?.code == (isDropped ? .truncated : .trailingBytes))
    }

    @Test
    func bytesBehindTheTarStreamInOneCompression() {
        let tar = contents(of: archive("tar"))
        let path = scratch.write(tar + [UInt8](repeating: 7, count: 300_000), to: "more.tar")
        #expect(run("gzip", path) == 0)
        let passed = ForeignPassed(path + ".gz")
        #expect(passed.paths == ["a", "b", "c"])
        #expect(passed.error?.code == .trailingBytes)
    }

    @Test(arguments: ["gzip", "xz", "zstd -q", "bzip2"])
    func compressedTwice(tool: String) {
        let path = archive("tar.gz")
        #expect(run("sh", "-c", "\(tool) -c \(path) > \(path).twice") == 0)
        let passed = ForeignPassed(path + ".twice")
        #expect(passed.error?.code == .notAnArchive)
        #expect(passed.error?.reason == "it is compressed more than once")
        #expect(passed.entries.isEmpty)
    }

    @Test(arguments: ["gzip", "xz", "zstd -q"])
    func zipInsideOfCompression(tool: String) {
        let path = archive("zip")
        #expect(run("sh", "-c", "\(tool) -c \(path) > \(path).z") == 0)
        #expect(ForeignPassed(path + ".z").error?.code == .notAnArchive)
    }

    @Test(arguments: ["gz", "xz", "bz2"])
    func bombOfTar(compression: String) {
        let path = python(
            """
            archive = tarfile.open(path, "w:\(compression)")
            info = tarfile.TarInfo("zeros"); info.size = 64 << 20
            archive.addfile(info, io.BytesIO(bytes(64 << 20)))
            archive.close()
            """)
        var limits = ForeignLimits()
        limits.freely = 1 << 20
        limits.ratio = 20
        let passed = ForeignPassed(path, limits: limits)
        #expect(passed.error?.code == .frameTooLarge)
        #expect((passed.contents.first?.count ?? 0) < 8 << 20)
        #expect(ForeignPassed(path).error == nil)
    }

    @Test
    func bombOfZip() {
        let path = python(
            """
            archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
            for name in ["a", "b", "c"]: archive.writestr(name, bytes(8 << 20))
            archive.close()
            """)
        var limits = ForeignLimits()
        limits.freely = 12 << 20
        limits.ratio = 20
        let passed = ForeignPassed(path, limits: limits)
        #expect(passed.error?.code == .frameTooLarge)
        #expect(passed.paths == ["a", "b"])
        #expect(passed.problems.count == 1)
        #expect(ForeignPassed(path).problems.isEmpty)
    }

    @Test
    func tooManyEntries() {
        let path = archive("tar")
        var limits = ForeignLimits()
        limits.entries = 2
        let passed = ForeignPassed(path, limits: limits)
        #expect(passed.paths == ["a", "b"])
        #expect(passed.error?.code == .tooManyFrames)
    }

    @Test
    func entriesThatAreNoFiles() {
        let path = python(
            """
            archive = tarfile.open(path, "w")
            for name, type, target in [("link", tarfile.SYMTYPE, "/etc/passwd"), ("hard", tarfile.LNKTYPE, "link"),
                ("fifo", tarfile.FIFOTYPE, ""), ("char", tarfile.CHRTYPE, ""), ("block", tarfile.BLKTYPE, ""),
                ("folder", tarfile.DIRTYPE, "")]:
                info = tarfile.TarInfo(name); info.type = type; info.linkname = target
                archive.addfile(info)
            archive.close()
            """)
        #expect(
            ForeignPassed(path).entries.map(\.kind) == [
                .symbolicLink(Array("/etc/passwd".utf8)), .hardLink(Array("link".utf8)), .special("a FIFO"),
                .special("a device"), .special("a device"), .folder,
            ])
    }

    @Test
    func sparseFile() {
        #expect(run("sh", "-c", "truncate -s 1G \(scratch.file("holes")); echo x >> \(scratch.file("holes"))") == 0)
        #expect(run("tar", "-Scf", scratch.file("a.tar"), "-C", scratch.path, "holes") == 0)
        let passed = ForeignPassed(scratch.file("a.tar"))
        #expect(passed.entries.map(\.kind) == [.unreadable("it is sparse: it has holes")])
        #expect(passed.error == nil)
    }

    @Test(.enabled(if: isInstalled("bsdtar"), "bsdtar is not installed: nothing here encrypts a zip"))
    func encryptedZip() {
        _ = archive("tar")
        let command = "bsdtar --passphrase x --options zip:encryption=zipcrypt --format=zip -cf e.zip a"
        #expect(run("sh", "-c", "cd \(scratch.path) && \(command)") == 0)
        #expect(ForeignPassed(scratch.file("e.zip")).entries.map(\.kind) == [.unreadable("it is encrypted")])
    }

    @Test
    func sizesThatLie() {
        var tar = contents(of: archive("tar"))
        // The size of a becomes 8 GiB less one byte, with the header's checksum to fit.
        tar.replaceSubrange(124..<136, with: Array("77777777777\0".utf8))
        tar.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = tar[..<512].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        tar.replaceSubrange(
            148..<155, with: Array((String(repeating: "0", count: 6 - digits.count) + digits + "\0").utf8))
        let passed = ForeignPassed(scratch.write(tar, to: "lies"))
        #expect(passed.paths == ["a"])
        #expect(passed.problems.count == 1)
        #expect(passed.error?.code == .truncated)
    }

    @Test
    func zipWithAWrongSum() throws {
        var zip = contents(of: archive("zip"))
        // Content of b: python stores without compression.
        zip[zip.count / 2] ^= 1
        let passed = ForeignPassed(scratch.write(zip, to: "changed"))
        #expect(passed.problems.count == 1)
    }

    @Test
    func noArchives() {
        #expect(ForeignPassed(scratch.write([], to: "empty")).error?.code == .notAnArchive)
        #expect(ForeignPassed(scratch.write(Array("text\n".utf8), to: "text")).error?.code == .notAnArchive)
        #expect(ForeignPassed(scratch.file("nothing")).error?.code == .readFailed)
        #expect(run("mkfifo", scratch.file("fifo")) == 0)
        #expect(ForeignPassed(scratch.file("fifo")).error?.code == .notAnArchive)
        #expect(run("sh", "-c", "echo x > \(scratch.file("x")); cd \(scratch.path); ls x | cpio -o -H newc > c") != nil)
        #expect(ForeignPassed(scratch.file("c")).error?.code == .notAnArchive)
    }

    @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "zip"])
    func changedBytes(ending: String) {
        // Small: a hundred passes are made.
        for name in ["a", "b", "c"] { _ = scratch.write(Array("some text of \(name)\n".utf8), to: name) }
        let path = scratch.file("small." + ending)
        let command = ending == "zip" ? "python3 -m zipfile -c \(path) a b c" : "tar -caf \(path) a b c"
        #expect(run("sh", "-c", "cd \(scratch.path) && \(command)") == 0)
        let whole = contents(of: path)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let passed = ForeignPassed(scratch.write(bytes, to: "changed"))
            #expect(passed.entries.count <= 64)
        }
    }
}
