import Glibc
import LinuxHost
import TestSupport
import Testing

/// Changes of a real overlay, made through its mount as a container makes them, and compared with its layers read by hand.
@Suite(.enabled(if: OverlayFixture.isPossible, "\(OverlayFixture.condition)"))
struct OverlayChangesTests {
    typealias Fixture = OverlayFixture

    @Test
    func nothingChanged() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/etc/file")
        try fixture.mount()
        let seen = try fixture.changes()
        #expect(seen.all == [] && seen.summary.failures.count == 0 && seen.summary.stop == nil)
    }

    @Test
    func added() throws {
        let fixture = try Fixture()
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/opt/new")
        let seen = try fixture.changes()
        #expect(seen.paths == ["/opt", "/opt/new"])
        let change = try #require(seen["/opt/new"])
        let status = try Fixture.status(fixture.upper + "/opt/new")
        #expect(change.change == .added && change.original == nil && !change.isCopiedUp)
        let file = try #require(change.file)
        #expect(file.digest == change.file?.digest && file.digest?.sha256 == Hash.one && file.size == 3)
        #expect(file.kind == .regular && file.mode == 0o644 && file.uid == 0 && file.linkCount == 1)
        #expect(file.identity == FileIdentity(status))
        #expect(
            file.modified.seconds == Int64(status.st_mtim.tv_sec)
                && file.changed.seconds == Int64(status.st_ctim.tv_sec))
        #expect(seen["/opt"]?.change == .added)
    }

    @Test
    func modified() throws {
        let fixture = try Fixture(lowers: 2)
        try Fixture.write("one", to: fixture.lower(2) + "/etc/file")
        try fixture.mount()
        try Fixture.write("two", to: fixture.merged + "/etc/file")
        let seen = try fixture.changes()
        let change = try #require(seen["/etc/file"])
        #expect(change.change == .modified && change.differences.first == .content && change.isCopiedUp)
        #expect(change.file?.digest?.sha256 == Hash.two && change.original?.digest?.sha256 == Hash.one)
        #expect(change.originalLayer == 2 && change.originalPath == nil)
        #expect(change.original?.identity == FileIdentity(try Fixture.status(fixture.lower(2) + "/etc/file")))
        // It is in the layer only because of what is in it.
        #expect(seen["/etc"]?.change == .unchanged && seen["/etc"]?.differences == [])
    }

    @Test
    func deleted() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/etc/file")
        try Fixture.write("two", to: fixture.lower(1) + "/var/log/app/a.log")
        try fixture.mount()
        unlink(fixture.merged + "/etc/file")
        unlink(fixture.merged + "/var/log/app/a.log")
        rmdir(fixture.merged + "/var/log/app")
        rmdir(fixture.merged + "/var/log")
        let seen = try fixture.changes()
        let file = try #require(seen["/etc/file"])
        #expect(file.change == .deleted && file.file == nil && file.original?.digest?.sha256 == Hash.one)
        #expect(seen["/var/log"]?.change == .deleted && seen["/var/log"]?.original?.kind == .directory)
        // Of a folder there is one mark; what went with it is listed from the layers below.
        let log = try #require(seen["/var/log/app/a.log"])
        #expect(log.change == .deleted && log.hiddenBy == "/var/log" && log.original?.size == 3)
        #expect(seen["/var/log/app"]?.hiddenBy == "/var/log" && seen.all.count == 6, "\(seen.paths)")
    }

    @Test
    func opaqueDirectories() throws {
        let fixture = try Fixture(lowers: 2)
        try Fixture.write("one", to: fixture.lower(1) + "/app/kept")
        try Fixture.write("one", to: fixture.lower(2) + "/app/gone")
        try Fixture.write("one", to: fixture.lower(2) + "/app/sub/inner")
        try fixture.mount()
        for name in ["kept", "gone", "sub/inner"] { unlink(fixture.merged + "/app/" + name) }
        rmdir(fixture.merged + "/app/sub")
        #expect(rmdir(fixture.merged + "/app") == 0 && mkdir(fixture.merged + "/app", 0o755) == 0)
        try Fixture.write("two", to: fixture.merged + "/app/kept")
        try Fixture.write("two", to: fixture.merged + "/app/sub/other")
        let seen = try fixture.changes()
        #expect(seen["/app"]?.isOpaque == true)
        // Compared with what the image has at the same path.
        #expect(seen["/app/kept"]?.change == .modified && seen["/app/kept"]?.original?.digest?.sha256 == Hash.one)
        #expect(seen["/app/gone"]?.change == .deleted && seen["/app/gone"]?.hiddenBy == "/app")
        #expect(seen["/app/gone"]?.originalLayer == 2)
        #expect(seen["/app/sub"]?.change == .unchanged && seen["/app/sub/other"]?.change == .added)
        #expect(seen["/app/sub/inner"]?.change == .deleted && seen["/app/sub/inner"]?.hiddenBy == "/app/sub")
        #expect(seen.all.count == 6, "\(seen.paths)")
    }

    @Test
    func whatIsHiddenIsListedUpToABound() throws {
        let fixture = try Fixture()
        for number in 0..<30 { try Fixture.write("one", to: fixture.lower(1) + "/many/\(number)") }
        try fixture.mount()
        for number in 0..<30 { unlink(fixture.merged + "/many/\(number)") }
        rmdir(fixture.merged + "/many")
        var query = OverlayQuery()
        query.maxHidden = 10
        let seen = try fixture.changes(query)
        #expect(seen.all.count == 11 && seen.summary.isHiddenCut)
        query.maxHidden = 30
        let whole = try fixture.changes(query)
        #expect(whole.all.count == 31 && !whole.summary.isHiddenCut)
    }

    @Test
    func metadataAlone() throws {
        let fixture = try Fixture()
        for name in ["mode", "owner", "time", "xattr"] { try Fixture.write("one", to: fixture.lower(1) + "/" + name) }
        try Fixture.write("one", to: fixture.lower(1) + "/folder/file")
        try fixture.mount()
        chmod(fixture.merged + "/mode", 0o4755)
        chown(fixture.merged + "/owner", 1_000, 1_001)
        var times = [timespec(tv_sec: 1_000, tv_nsec: 7), timespec(tv_sec: 1_000, tv_nsec: 7)]
        utimensat(AT_FDCWD, fixture.merged + "/time", &times, 0)
        try Fixture.attribute("trusted.note", Array("hi".utf8), of: fixture.merged + "/xattr")
        chmod(fixture.merged + "/folder", 0o777)
        let seen = try fixture.changes()
        #expect(seen.all.map(\.change) == Array(repeating: .metadata, count: 5), "\(seen.all)")
        #expect(seen["/mode"]?.differences == [.mode] && seen["/mode"]?.file?.mode == 0o4755)
        #expect(seen["/owner"]?.differences == [.owner] && seen["/owner"]?.original?.uid == 0)
        #expect(seen["/owner"]?.file?.uid == 1_000 && seen["/owner"]?.file?.gid == 1_001)
        #expect(seen["/time"]?.differences == [.modified])
        #expect(seen["/time"]?.file?.modified == Timestamp(seconds: 1_000, nanoseconds: 7))
        #expect(seen["/xattr"]?.differences == [.attributes])
        let attribute = seen["/xattr"]?.file?.attributes.first
        #expect(attribute?.name == "trusted.note" && attribute?.value == "hi" && attribute?.size == 2)
        #expect(seen["/folder"]?.differences == [.mode])
        #expect(seen["/mode"]?.file?.digest?.sha256 == Hash.one)
    }

    @Test
    func openedForWritingAndNotChanged() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/file")
        try fixture.mount()
        close(open(fixture.merged + "/file", O_RDWR))
        let change = try #require(try fixture.changes()["/file"])
        #expect(change.change == .unchanged && change.differences == [] && change.isCopiedUp)
    }

    @Test
    func anotherType() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/file")
        try Fixture.write("one", to: fixture.lower(1) + "/folder/inner")
        symlink("a", fixture.lower(1) + "/link")
        try fixture.mount()
        unlink(fixture.merged + "/file")
        mkdir(fixture.merged + "/file", 0o700)
        try Fixture.write("two", to: fixture.merged + "/file/inner")
        unlink(fixture.merged + "/folder/inner")
        rmdir(fixture.merged + "/folder")
        symlink("/etc", fixture.merged + "/folder")
        unlink(fixture.merged + "/link")
        symlink("b", fixture.merged + "/link")
        let seen = try fixture.changes()
        #expect(seen["/file"]?.change == .type && seen["/file"]?.original?.digest?.sha256 == Hash.one)
        #expect(seen["/file/inner"]?.change == .added)
        #expect(seen["/folder"]?.change == .type && seen["/folder"]?.file?.linkTarget == "/etc")
        #expect(seen["/folder/inner"]?.change == .deleted && seen["/folder/inner"]?.hiddenBy == "/folder")
        #expect(seen["/link"]?.change == .modified && seen["/link"]?.differences.first == .target)
        #expect(seen["/link"]?.original?.linkTarget == "a" && seen.all.count == 5, "\(seen.paths)")
    }

    @Test
    func capabilities() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/tool")
        try fixture.mount()
        let raw: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try Fixture.attribute("security.capability", raw, of: fixture.merged + "/tool")
        let change = try #require(try fixture.changes()["/tool"])
        #expect(change.change == .metadata && change.differences.contains(.capability))
        #expect(change.file?.capability?.permitted.names == ["CAP_NET_RAW"] && change.original?.capability == nil)
        #expect(change.file?.capability?.raw.bytes == raw && change.file?.attributes == [])
        let line = String(decoding: change.jsonLine, as: UTF8.self)
        #expect(
            line.contains(
                #""capability":[{"permitted":["CAP_NET_RAW"],"inheritable":[],"effective":true}],"capability_raw":"0100000200200000000000000000000000000000""#
            ), "\(line)")
    }

    @Test
    func renamedDirectories() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/a/old/x/file")
        try Fixture.write("one", to: fixture.lower(1) + "/a/old/still")
        mkdir(fixture.lower(1) + "/b", 0o755)
        try fixture.mount("redirect_dir=on")
        #expect(rename(fixture.merged + "/a/old", fixture.merged + "/a/new") == 0)
        #expect(rename(fixture.merged + "/a/new", fixture.merged + "/b/newer") == 0)
        try Fixture.write("two", to: fixture.merged + "/b/newer/x/file")
        try Fixture.write("two", to: fixture.merged + "/b/newer/x/more")
        let seen = try fixture.changes()
        #expect(seen["/a/old"]?.change == .deleted && seen["/a/old/still"]?.hiddenBy == "/a/old")
        let folder = try #require(seen["/b/newer"])
        #expect(folder.redirect == "/a/old" && folder.originalPath == "/a/old" && folder.isCopiedUp)
        let file = try #require(seen["/b/newer/x/file"])
        #expect(file.change == .modified && file.original?.digest?.sha256 == Hash.one)
        #expect(file.originalPath == "/a/old/x/file")
        #expect(seen["/b/newer/x/more"]?.change == .added)
    }

    @Test
    func metadataWithoutData() throws {
        let fixture = try Fixture(lowers: 2)
        try Fixture.write("one", to: fixture.lower(2) + "/file")
        try fixture.mount("redirect_dir=on,metacopy=on")
        chmod(fixture.merged + "/file", 0o600)
        #expect(rename(fixture.merged + "/file", fixture.merged + "/renamed") == 0)
        #expect(try Fixture.status(fixture.upper + "/renamed").st_blocks == 0)
        let seen = try fixture.changes()
        let change = try #require(seen["/renamed"])
        // What is in the upper layer are zeros: they are not what the container reads.
        #expect(change.isMetacopy && change.file?.digest?.sha256 == Hash.one && change.originalPath == "/file")
        #expect(change.change == .metadata && change.differences == [.mode])
        #expect(seen["/file"]?.change == .deleted)
    }

    @Test
    func severalLayers() throws {
        let fixture = try Fixture(lowers: 3)
        try Fixture.write("two", to: fixture.lower(1) + "/d/top")
        try Fixture.write("one", to: fixture.lower(2) + "/d/top")
        try Fixture.write("one", to: fixture.lower(3) + "/d/gone")
        // Layer 2 has deleted it again: to the container it was never there.
        #expect(mknod(fixture.lower(2) + "/d/gone", S_IFCHR | 0o600, 0) == 0)
        try Fixture.write("one", to: fixture.lower(3) + "/e/file")
        mkdir(fixture.lower(1) + "/e", 0o755)
        try Fixture.attribute("trusted.overlay.opaque", Array("y".utf8), of: fixture.lower(1) + "/e")
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/d/top")
        try Fixture.write("one", to: fixture.merged + "/d/gone")
        try Fixture.write("one", to: fixture.merged + "/e/file")
        let seen = try fixture.changes()
        #expect(seen["/d/top"]?.originalLayer == 1 && seen["/d/top"]?.original?.digest?.sha256 == Hash.two)
        #expect(seen["/d/gone"]?.change == .added && seen["/e/file"]?.change == .added)
    }

    @Test
    func hardLinksAndOtherTypes() throws {
        let fixture = try Fixture()
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/file")
        link(fixture.merged + "/file", fixture.merged + "/second")
        mkfifo(fixture.merged + "/fifo", 0o600)
        #expect(mknod(fixture.merged + "/null", S_IFCHR | 0o600, 0x103) == 0)
        let seen = try fixture.changes()
        #expect(seen["/file"]?.file?.linkCount == 2 && seen["/second"]?.file?.digest?.sha256 == Hash.one)
        #expect(seen["/file"]?.file?.identity == seen["/second"]?.file?.identity)
        #expect(seen["/fifo"]?.file?.kind == .fifo && seen["/fifo"]?.file?.digest == nil)
        #expect(seen["/null"]?.file?.device == "1:3" && seen["/null"]?.file?.digest == nil)
    }

    @Test
    func onlySinceThen() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/deleted")
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/folder/old")
        unlink(fixture.merged + "/deleted")
        var query = OverlayQuery()
        query.since = Timestamp.now().advanced(nanoseconds: 60_000_000_000)
        // A deletion has no time, and is never left out.
        #expect(try fixture.changes(query).paths == ["/deleted"])
        query.since = Timestamp.now().advanced(nanoseconds: -60_000_000_000)
        #expect(try fixture.changes(query).paths == ["/deleted", "/folder", "/folder/old"])
    }
}
