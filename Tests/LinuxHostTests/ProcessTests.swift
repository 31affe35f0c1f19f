import Glibc
import LinuxHost
import TestSupport
import Testing

@Suite struct ProcessTests {
    private static let tail =
        "S 1 42 42 34816 42 4194560 1 2 3 4 500 60 0 0 20 0 7 0 12345 99999 321 18446744073709551615 1\n"

    @Test(arguments: ["cat", ") R 1", "a\nb", "((()", ") R 1 1 1 1\n7 (x) S", ""])
    func hostileNames(name: String) throws {
        let stat = try #require(ProcessStat(Array("42 (\(name)) \(Self.tail)".utf8)))
        #expect(stat.pid == 42 && stat.name.string == name && stat.state == "S" && stat.parent == 1)
        #expect(stat.threads == 7 && stat.startTicks == 12345 && stat.residentPages == 321 && stat.userTicks == 500)
    }

    @Test func garbledStat() {
        for text in ["", "42", "42 (x", "42 (x) ", "x (x) S 1", "42 (x) S 1 2 3", "42 )x( S 1 2 3"] {
            #expect(ProcessStat(Array(text.utf8)) == nil)
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            var bytes = Array("42 (x) \(Self.tail)".utf8)
            for _ in 0..<4 {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = .random(in: 0...255, using: &generator)
            }
            _ = ProcessStat(bytes)
            _ = ProcessStatus(bytes)
            _ = ControlGroup.parse(bytes)
            _ = DescriptorInfo(bytes)
            _ = MountTable.parse(bytes)
            _ = KernelLogRecord(bytes)
        }
    }

    @Test func environmentGivesNamesOnly() {
        let text =
            "PATH=/bin\0TOKEN=s3cret=x\0BASH_FUNC_f%%=() { :; }\0"
            + "postgres://u:p@h/d?ssl=1\0s3cretWithoutName\0=x\0"
        let (names, unnamed) = ProcessText.environmentNames(Array(text.utf8))
        #expect(names == ["PATH", "TOKEN", "BASH_FUNC_f%%"] && unnamed == 3)
    }

    @Test func arguments() {
        #expect(ProcessText.arguments(Array("a\0\0b c\0".utf8)) == ["a", "", "b c"])
        #expect(ProcessText.arguments(Array("nginx: master".utf8)) == ["nginx: master"])
        #expect(ProcessText.arguments([]).isEmpty)
        let odd = ProcessText.arguments([0xFF, 0x1B, 0x00])
        #expect(!odd[0].isValidUTF8 && odd[0].escaped == "\\xff\\x1b")
    }

    @Test func madeUpTree() throws {
        let tree = try TemporaryTree()
        tree.write("stat", "cpu 1\nbtime 1700000000\n")
        tree.write("42/stat", "42 () R 1) \(Self.tail)")
        tree.write(
            "42/status",
            "Name:\t) R 1\nUid:\t1\t2\t3\t4\nNSpid:\t42\t7\nCapEff:\t0000000000200000\nSeccomp:\t2\nVmRSS:\t900 kB\n")
        tree.write("42/cmdline", [UInt8](repeating: 0x61, count: 2 << 20) + [0] + Array("end".utf8) + [0])
        tree.write("42/environ", "A=1\0")
        tree.write("42/cgroup", "0::/kubepods/pod1\n1:name=systemd:/x:y\n")
        tree.link("42/exe", to: "/usr/bin/evil (deleted)")
        tree.link("42/cwd", to: "/tmp")
        tree.link("42/root", to: "/")
        tree.link("42/ns/net", to: "net:[4026531840]")
        tree.link("42/ns/pid_for_children", to: "pid:[4026531836]")
        // A process whose files are traps: a FIFO, and a link out of the tree.
        tree.make(directory: "43")
        mkfifo(tree.path + "/43/stat", 0o644)
        tree.make(directory: "44")
        tree.link("44/stat", to: "/etc/passwd")
        tree.link("45", to: "42")

        let proc = try ProcFileSystem(root: tree.path)
        var limits = ProcessReader.Limits()
        limits.argumentBytes = 4 << 20
        var records: [ProcessRecord] = []
        let summary = try ProcessReader(proc: proc, limits: limits).read { records.append($0) }
        let record = try #require(records.first)
        #expect(records.count == 1 && record.stat.name == ") R 1")
        #expect(record.started == Timestamp(seconds: 1_700_000_123, nanoseconds: 450_000_000))
        #expect(record.arguments?.count == 2 && record.arguments?[0].bytes.count == 2 << 20)
        #expect(!record.argumentsTruncated && record.executable == "/usr/bin/evil" && record.executableDeleted)
        #expect(record.namespace("net") == 4_026_531_840 && record.namespace("pid_for_children") == 4_026_531_836)
        #expect(record.status?.effective?.names == ["CAP_SYS_ADMIN"] && record.status?.namespacePIDs == [42, 7])
        #expect(record.controlGroups?.map(\.path) == ["/kubepods/pod1", "/x:y"] && record.environmentNames == ["A"])
        let refused = summary.failures.failures.filter { $0.code == .unexpectedType }
        #expect(Set(refused.compactMap(\.pid)) == [43, 44, 45])

        limits.argumentBytes = 1_000
        var short: [ProcessRecord] = []
        _ = try ProcessReader(proc: proc, limits: limits).read { short.append($0) }
        #expect(short[0].argumentsTruncated && short[0].arguments?[0].bytes.count == 1_000)
    }

    @Test func thisProcess() throws {
        let proc = try ProcFileSystem()
        var summary = ProcessSummary()
        let record = try #require(ProcessReader(proc: proc).read(pid: getpid(), into: &summary))
        #expect(record.pid == getpid() && record.stat.parent == getppid())
        #expect(record.status?.uids.first == getuid() && record.environmentNames?.contains("PATH") == true)
        #expect(record.arguments?.first?.string == CommandLine.arguments.first)
        let started = try #require(record.started)
        #expect(started <= Timestamp.now() && Timestamp.now().seconds - started.seconds < 86_400)
        #expect(record.namespace("net") != nil && record.executable?.bytes.first == 0x2F)
        #expect(ProcessReader(proc: proc).read(pid: Int32.max, into: &summary) == nil && summary.vanished == 1)
    }

    @Test func openFilesOfThisProcess() throws {
        let tree = try TemporaryTree()
        tree.write("gone", "still here")
        let file = open(tree.path + "/gone", O_RDWR | O_APPEND)
        defer { close(file) }
        var byte: UInt8 = 0
        read(file, &byte, 1)
        unlink(tree.path + "/gone")
        var files: [OpenFile] = []
        let summary = try OpenFileReader(proc: try ProcFileSystem()).read(of: [getpid()]) { files.append($0) }
        let found = try #require(files.first { $0.descriptor == file })
        #expect(found.target == .path(RawText(tree.path + "/gone"), isDeleted: true))
        #expect(found.info?.position == 1 && found.info?.access == "rw" && summary.count == files.count)
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            _ = try OpenFileReader(proc: try ProcFileSystem()).read(of: [getpid()]) { _ in throw Stop() }
        }
    }

    @Test func targets() {
        #expect(OpenFileTarget(Array("socket:[12]".utf8)) == .socket(inode: 12))
        #expect(OpenFileTarget(Array("pipe:[7]".utf8)) == .pipe(inode: 7))
        #expect(OpenFileTarget(Array("anon_inode:[eventpoll]".utf8)) == .anonymous("[eventpoll]"))
        #expect(OpenFileTarget(Array("/memfd:x (deleted)".utf8)) == .memory("x"))
        #expect(OpenFileTarget(Array("net:[4026531840]".utf8)) == .namespace("net", inode: 4_026_531_840))
        #expect(OpenFileTarget(Array("socket:[1x]".utf8)) == .other("socket:[1x]"))
    }
}
