import Glibc
import LinuxHost
import Testing

@Suite struct HostTests {
    @Test func mountLines() throws {
        let text = """
            36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
            37 36 0:50 / /a\\040b\\011\\012\\134x rw - nfs4 server:/export rw,addr=192.0.2.1
            38 36 0:51 / /odd\\9 rw - fuse.sshfs x rw
            39 36 nonsense
            40 36 0:52 / /none rw - tmpfs  rw

            """
        let table = MountTable.parse(Array(text.utf8))
        #expect(table.mounts.map(\.mountPoint) == ["/mnt2", "/a b\t\n\\x", "/odd\\9", "/none"])
        #expect(table.mounts.map(\.isRemote) == [false, true, true, false] && table.unparsedLines == 1)
        #expect(table.mounts[0].propagation == ["master:1", "shared:7"] && table.mounts[0].root == "/mnt1")
    }

    @Test func mountsOfThisMachine() throws {
        let snapshot = try MountReader(proc: try ProcFileSystem()).read()
        let root = try #require(snapshot.entries.last { $0.mount.mountPoint == "/" })
        guard case .known(let usage) = root.usage else { throw Missing() }
        #expect(usage.totalBytes > 0 && usage.availableBytes <= usage.totalBytes && snapshot.unparsedLines == 0)
    }

    @Test func aCallThatHangsIsLeftBehind() {
        let begin = ContinuousClock.now
        #expect(
            GuardedCall.run(milliseconds: 50) { () -> Int in
                usleep(600_000)
                return 1
            } == nil)
        #expect(ContinuousClock.now - begin < .milliseconds(500))
        #expect(GuardedCall.run(milliseconds: 5_000) { 7 } == 7)
    }

    @Test func identity() throws {
        let identity = SystemReader(proc: try ProcFileSystem()).read()
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(identity.kernelRelease == release && identity.bootID?.count == 36)
        #expect(identity.operatingSystem("ID") != nil && (identity.memory?.totalKiB ?? 0) > 0)
        #expect((identity.processors ?? 0) >= 1 && identity.load.count == 3 && identity.clock != nil)
        let boot = try #require(identity.bootTime)
        let sum = Double(boot.seconds) + (identity.uptimeSeconds ?? 0)
        #expect(abs(sum - Double(identity.time.seconds)) < 5)
        #expect(identity.jsonLine.last == 0x0A)
    }

    @Test func osRelease() {
        let text = "# c\nNAME=\"Debian \\\"x\\\"\"\nID=debian\nEMPTY=\nQ='a b'\nbroken\n"
        let fields = OSReleaseField.parse(Array(text.utf8))
        #expect(fields.map(\.name) == ["NAME", "ID", "EMPTY", "Q"])
        #expect(fields.map(\.value) == ["Debian \"x\"", "debian", "", "a b"])
    }

    @Test(arguments: [
        (0 as Int64, "1970-01-01T00:00:00.000000005Z"), (951_782_400, "2000-02-29T00:00:00.000000005Z"),
        (-1, "1969-12-31T23:59:59.000000005Z"), (253_402_300_799, "9999-12-31T23:59:59.000000005Z"),
        (-62_167_219_200, "0000-01-01T00:00:00.000000005Z"), (Int64.max, "@9223372036854775807.000000005"),
    ])
    func times(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds, nanoseconds: 5).text == text)
    }

    @Test func timeArithmetic() {
        let time = Timestamp(seconds: 10, nanoseconds: 1)
        #expect(time.advanced(nanoseconds: -2) == Timestamp(seconds: 9, nanoseconds: 999_999_999))
        #expect(time.advanced(nanoseconds: 2_999_999_999) == Timestamp(seconds: 13, nanoseconds: 0))
        #expect(time.advanced(nanoseconds: -1_000_000_001) == Timestamp(seconds: 9, nanoseconds: 0))
    }

    @Test func escapes() {
        #expect(RawText("a\tb\\\u{202E}ü").escaped == "a\\tb\\\\\\u{202e}ü")
        #expect(RawText([0x61, 0xC3, 0x0A]).escaped == "a\\xc3\\n")
    }
}
