import CMemory
import Cryptography
import Glibc
import LinuxHost
import TestSupport
import Testing

@Suite(.serialized) struct ExecutableTests {
    private static let sleep = "/bin/sleep"

    private static func digest(_ path: String) throws -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw Missing() }
        defer { close(file) }
        var hasher = SHA256()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count <= 0 { break }
            hasher.update(buffer[..<count])
        }
        return hasher.finalize().hex
    }

    /// A copy of `sleep` under another name.
    private static func copySleep(to path: String) throws {
        let source = open(sleep, O_RDONLY)
        let target = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o755)
        guard source >= 0, target >= 0 else { throw Missing() }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count <= 0 { break }
            guard write(target, buffer, count) == count else { throw Missing() }
        }
        close(source)
        close(target)
    }

    private static func record(_ pid: Int32, limits: ExecutableReader.Limits = .init()) throws -> ExecutableRecord {
        var records: [ExecutableRecord] = []
        _ = try ExecutableReader(proc: try ProcFileSystem(), limits: limits).read(of: [pid]) { records.append($0) }
        return try #require(records.first)
    }

    @Test func aDeletedExecutable() throws {
        let tree = try TemporaryTree()
        let path = tree.path + "/runs-no-more"
        try Self.copySleep(to: path)
        let child = try Child([path, "60"])
        try child.waitUntil { child.runs("runs-no-more") }
        let before = try Self.record(child.pid)
        #expect(!before.isDeleted && before.attributes.links == 1 && before.path.string == path)
        unlink(path)
        let record = try Self.record(child.pid)
        #expect(record.isDeleted && record.attributes.links == 0 && record.path.string == path)
        #expect(try record.sha256 == Self.digest(Self.sleep))
        #expect(record.startTicks != nil && record.attributes.mode & 0o111 != 0 && !record.isMemory)
    }

    @Test func anotherFileInItsPlaceIsNotTaken() throws {
        let tree = try TemporaryTree()
        let path = tree.path + "/swapped"
        try Self.copySleep(to: path)
        let child = try Child([path, "60"])
        try child.waitUntil { child.runs("swapped") }
        tree.write("other", "not what runs")
        rename(tree.path + "/other", path)
        #expect(try Self.record(child.pid).sha256 == Self.digest(Self.sleep))
    }

    @Test func memoryThatRuns() throws {
        let memory = memfd_create("kworker", 0)
        guard memory >= 0 else { throw Missing() }
        defer { close(memory) }
        try Self.copySleep(to: "/proc/self/fd/\(memory)")
        let child = try Child(["/proc/self/fd/\(memory)", "60"])
        try child.waitUntil { child.runs("memfd") }
        let record = try Self.record(child.pid)
        #expect(record.isMemory && record.isDeleted && record.isOnRoot != true)
        #expect(try record.sha256 == Self.digest(Self.sleep))
        var mappings: [ExecutableMapping] = []
        _ = try ExecutableMappingReader(proc: try ProcFileSystem()).read(of: [child.pid]) { mappings.append($0) }
        #expect(mappings.contains { $0.kind == .memfd && $0.permissions == "r-xp" && $0.path == "/memfd:kworker" })
    }

    @Test func tooLargeIsSaid() throws {
        var limits = ExecutableReader.Limits()
        limits.fileBytes = 10
        let record = try Self.record(getpid(), limits: limits)
        #expect(record.sha256 == nil && record.unhashed?.code == .limitReached)
    }

    @Test func eachFileIsHashedOnce() throws {
        let children = [try Child([Self.sleep, "60"]), try Child([Self.sleep, "60"])]
        for child in children { try child.waitUntil { child.runs("sleep") } }
        var limits = ExecutableReader.Limits()
        let size = try Self.record(children[0].pid).attributes.size
        // Room for one of them.
        limits.totalBytes = size + size / 2
        var digests: [String?] = []
        _ = try ExecutableReader(proc: try ProcFileSystem(), limits: limits).read(of: children.map(\.pid)) {
            digests.append($0.sha256)
        }
        let expected = try Self.digest(Self.sleep)
        #expect(digests == [expected, expected])
    }

    /// `exe` of a tree that is no procfs is a link like any other, and leads nowhere.
    @Test func aMadeUpLinkIsNotFollowed() throws {
        let tree = try TemporaryTree()
        tree.write("7/stat", "7 (x) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n")
        tree.link("7/exe", to: "/etc/passwd")
        let summary = try ExecutableReader(proc: try ProcFileSystem(root: tree.path)).read { _ in
            Issue.record("there is nothing to hand out")
        }
        #expect(summary.failures.failures.map(\.code) == [.unexpectedType])
    }

    @Test func thePackageIsAskedFor() throws {
        var found: [RawText?] = []
        let reader = ExecutableReader(proc: try ProcFileSystem(), package: { $0.sha256 == nil ? nil : "a-package" })
        _ = try reader.read(of: [getpid()]) { found.append($0.package) }
        #expect(found == ["a-package"])
    }

    @Test func kernelThreadsHaveNone() throws {
        // Process 2 is kthreadd where the kernel's own processes are to be seen.
        guard Child.namespace(of: 2) != nil, try Self.name(2) == "kthreadd" else { return }
        let summary = try ExecutableReader(proc: try ProcFileSystem()).read(of: [2]) { _ in
            Issue.record("a kernel thread runs no file")
        }
        #expect(summary.failures.count == 0 && summary.count == 0)
    }

    private static func name(_ pid: Int32) throws -> String? {
        var summary = ProcessSummary()
        return ProcessReader(proc: try ProcFileSystem()).read(pid: pid, into: &summary)?.stat.name.string
    }
}

@Suite struct ExecutableMappingTests {
    private static func parse(_ line: String) -> (mapping: ExecutableMapping, isExecutable: Bool)? {
        let bytes = Array(line.utf8)
        return ExecutableMapping.parse(bytes.span, 0..<bytes.count, pid: 1)
    }

    @Test func lines() throws {
        let file = try #require(
            Self.parse("55a0-55b0 r-xp 00002000 fe:00 253911                     /usr/bin/a b (deleted)"))
        #expect(file.isExecutable && file.mapping.kind == .file && file.mapping.path == "/usr/bin/a b")
        #expect(file.mapping.isDeleted && file.mapping.device == "254:0" && file.mapping.bytes == 16)
        let anonymous = try #require(Self.parse("7f00-7f10 rwxp 00000000 00:00 0 "))
        #expect(anonymous.mapping.kind == .anonymous && anonymous.mapping.isWritable && anonymous.mapping.path == nil)
        #expect(Self.parse("7f00-7f10 r-xp 00000000 00:00 0   [vdso]")?.mapping.kind == .kernel)
        // Names that a process gives its memory, and paths that look like others.
        #expect(Self.parse("7f00-7f10 r-xp 00000000 00:00 0   [anon:[vdso]]")?.mapping.kind == .anonymous)
        #expect(Self.parse("7f00-7f10 r-xp 00000000 00:01 5   [vdso]")?.mapping.kind == .file)
        #expect(
            Self.parse("7f00-7f10 r-xp 00000000 00:01 5   /x\\0121-2 r-xp 0 0:0 0")?.mapping.path
                == "/x\\0121-2 r-xp 0 0:0 0")
        #expect(Self.parse("7f00-7f10 rw-p 00000000 00:00 0   [heap]")?.isExecutable == false)
    }

    @Test(arguments: ["", "x", "1-2", "2-1 r-xp 0 0:0 0", "1-2 r-x 0 0:0 0", "1-2 r-xp 0 0:0 x", "1-2 r-xp 0 00 0"])
    func otherForms(line: String) {
        #expect(Self.parse(line) == nil)
    }

    @Test func anyBytes() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<3_000 {
            var bytes = Array("55a0-55b0 r-xp 00002000 fe:00 253911      /usr/bin/x (deleted)".utf8)
            for _ in 0..<5 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            guard let (mapping, _) = ExecutableMapping.parse(bytes.span, 0..<bytes.count, pid: 1) else { continue }
            #expect(mapping.jsonLine.count { $0 == 0x0A } == 1)
        }
    }

    private static func own() throws -> [ExecutableMapping] {
        var mappings: [ExecutableMapping] = []
        let summary = try ExecutableMappingReader(proc: try ProcFileSystem()).read(of: [getpid()]) {
            mappings.append($0)
        }
        #expect(summary.failures.count == 0 && summary.count == mappings.count)
        return mappings
    }

    @Test func memoryThatMayBeWrittenAndExecuted() throws {
        let address = mmap(nil, 12_288, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard address != MAP_FAILED else { throw Missing() }
        defer { munmap(address, 12_288) }
        let found = try Self.own().filter { $0.kind == .anonymous && $0.isWritable && $0.permissions == "rwxp" }
        #expect(found.reduce(0) { $0 + $1.bytes } >= 12_288)
    }

    @Test func aLibraryThatAnybodyCouldHavePutThere() throws {
        let tree = try TemporaryTree()
        tree.write("lib.so", [UInt8](repeating: 0x90, count: 4_096))
        let file = open(tree.path + "/lib.so", O_RDONLY)
        defer { close(file) }
        let address = mmap(nil, 4_096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0)
        guard address != MAP_FAILED else { throw Missing() }
        defer { munmap(address, 4_096) }
        let path = RawText(tree.path + "/lib.so")
        var mine = try #require(try Self.own().first { $0.path == path })
        #expect(mine.isExposed == true && !mine.isDeleted && mine.kind == .file)
        unlink(tree.path + "/lib.so")
        mine = try #require(try Self.own().first { $0.path == path })
        #expect(mine.isExposed == true && mine.isDeleted)
        // The C library lies where only root writes.
        #expect(try Self.own().contains { $0.path?.string.contains("libc.so") == true && $0.isExposed == false })
    }

    @Test func hostileTree() throws {
        let tree = try TemporaryTree()
        for pid in [7, 8, 9] {
            tree.write("\(pid)/stat", "\(pid) (x) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n")
        }
        mkfifo(tree.path + "/7/maps", 0o644)
        tree.link("8/maps", to: "/proc/self/maps")
        let many = (0..<50).map { "1-2 r-xp 0 0:1 \($0 + 1) /lib\($0)\n" }.joined()
        tree.write("9/maps", "nonsense\n" + many)
        tree.link("9/root", to: "/")
        var limits = ExecutableMappingReader.Limits()
        limits.recordsPerProcess = 10
        var mappings: [ExecutableMapping] = []
        let summary = try ExecutableMappingReader(proc: try ProcFileSystem(root: tree.path), limits: limits).read {
            mappings.append($0)
        }
        #expect(mappings.count == 10 && mappings.allSatisfy { $0.pid == 9 && $0.isExposed == nil })
        #expect(
            summary.failures.failures.map(\.code) == [.unexpectedType, .unexpectedType, .limitReached, .malformed])
    }

    @Test func limits() {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units
            Max core file size        0                    unlimited            bytes
            Max open files            1024                 524288               files
            Max processes             x                    1                    processes
            Max signals pending       5                    5                    signals

            """
        let limits = ProcessLimit.parse(Array(text.utf8))
        #expect(limits.map(\.name) == ["core file size", "open files"])
        #expect(limits.map(\.soft) == [0, 1_024] && limits.map(\.hard) == [nil, 524_288])
    }
}
