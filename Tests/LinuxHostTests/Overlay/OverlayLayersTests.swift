import Glibc
import LinuxHost
import TestSupport
import Testing

/// Where the layers are, and what is said when they are not there.
@Suite(.enabled(if: OverlayFixture.isPossible, "\(OverlayFixture.condition)"))
struct OverlayLayersTests {
    typealias Fixture = OverlayFixture

    /// A procfs in which the host's first process has this mount table, and this one these capabilities.
    private static func proc(
        _ table: String, capabilities: String = "000001ffffffffff", user: String = "user:[4026531837]"
    )
        throws -> TemporaryTree
    {
        let tree = try TemporaryTree()
        tree.write("1/mountinfo", table)
        tree.write("\(getpid())/mountinfo", table)
        tree.write("\(getpid())/status", "Name:\ttest\nCapEff:\t\(capabilities)\n")
        tree.link("\(getpid())/ns/user", to: user)
        return tree
    }

    private static func line(_ point: String, _ options: String) -> String {
        "610 606 0:66 / \(point) rw,relatime - overlay overlay rw,\(options)\n"
    }

    /// As container engines mount when the paths of all layers are too long: relative to their folder, by short links in it.
    private static func short(_ fixture: OverlayFixture, root: String) throws -> OverlayTree {
        try Fixture.write("one", to: fixture.base + "/home/image/diff/file")
        try Fixture.write("two", to: fixture.base + "/home/container/diff/file")
        mkdir(fixture.base + "/home/l", 0o755)
        symlink("../image/diff", fixture.base + "/home/l/ABC")
        let home = root == "/" ? fixture.base + "/home" : "/home"
        let proc = try Self.proc(
            Self.line(home + "/container/merged", "lowerdir=l/ABC,upperdir=container/diff,workdir=container/work"))
        return try OverlayTree(
            rootMount: RawText(home + "/container/merged"), root: root, proc: ProcFileSystem(root: proc.path))
    }

    @Test
    func relativeLayersByShortLinks() throws {
        let fixture = try Fixture()
        let seen = try SeenChanges(try Self.short(fixture, root: "/"))
        #expect(seen["/file"]?.change == .modified && seen["/file"]?.original?.digest?.sha256 == Hash.one)
    }

    /// As a node agent sees it: the host's root is elsewhere, and its mount table is that of process 1.
    @Test
    func belowAnotherRoot() throws {
        let fixture = try Fixture()
        let tree = try Self.short(fixture, root: fixture.base)
        let seen = try SeenChanges(tree)
        #expect(tree.failures.count == 0 && seen["/file"]?.change == .modified)
    }

    /// An absolute link is one of the host, and begins at its root.
    @Test
    func absoluteLinksStayBelowTheRoot() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.base + "/real/file")
        symlink("/real", fixture.base + "/short")
        symlink("/../../../etc", fixture.base + "/up")
        try Fixture.write("one", to: fixture.base + "/etc/inside")
        let proc = try Self.proc(Self.line("/merged", "lowerdir=/short:/up,upperdir=/upper,workdir=/work"))
        let tree = try OverlayTree(rootMount: "/merged", root: fixture.base, proc: ProcFileSystem(root: proc.path))
        #expect(tree.failures.count == 0)
        try Fixture.write("two", to: fixture.upper + "/inside")
        try Fixture.write("two", to: fixture.upper + "/passwd")
        let seen = try SeenChanges(tree)
        #expect(seen["/inside"]?.original?.digest?.sha256 == Hash.one && seen["/passwd"]?.change == .added)
    }

    /// Who may write to the folder, or made the link, could be whoever the layers are of.
    @Test(arguments: [true, false])
    func linksOfOthersAreNotFollowed(_ isOwned: Bool) throws {
        let fixture = try Fixture()
        try Fixture.write("secret", to: fixture.outside + "/file")
        symlink(fixture.outside, fixture.base + "/link")
        if isOwned { lchown(fixture.base + "/link", 1_000, 1_000) } else { chmod(fixture.base, 0o777) }
        let proc = try Self.proc(
            Self.line(fixture.merged, "lowerdir=\(fixture.base)/link,upperdir=\(fixture.upper),workdir=/w"))
        try Fixture.write("two", to: fixture.upper + "/file")
        let tree = try OverlayTree(rootMount: RawText(fixture.merged), root: "/", proc: ProcFileSystem(root: proc.path))
        #expect(tree.failures.failures.map(\.code) == [.unexpectedType])
        let seen = try SeenChanges(tree)
        #expect(seen["/file"]?.change == .present && !seen.has(hash: Hash.secret))
    }

    /// What was there before is not known, and not said: also not what a layer beneath the one that is gone has.
    @Test
    func aLayerIsGone() throws {
        let fixture = try Fixture(lowers: 2)
        try Fixture.write("one", to: fixture.lower(2) + "/d/file")
        try Fixture.write("one", to: fixture.lower(1) + "/d/other")
        try fixture.mount()
        try Fixture.write("two", to: fixture.merged + "/d/file")
        try Fixture.write("two", to: fixture.merged + "/new")
        #expect(rename(fixture.lower(1), fixture.base + "/away") == 0)
        let tree = try fixture.tree()
        #expect(tree.failures.count == 1 && tree.failures.failures.first?.code == .notFound)
        let seen = try SeenChanges(tree)
        #expect(seen.all.map(\.change) == [.present, .present, .present] && seen.summary.unknown == 3, "\(seen.all)")
        #expect(seen["/d/file"]?.file?.digest?.sha256 == Hash.two && seen["/d/file"]?.original == nil)
    }

    /// The layer that has it is above the one that is gone.
    @Test
    func aDeeperLayerIsGone() throws {
        let fixture = try Fixture(lowers: 2)
        try Fixture.write("one", to: fixture.lower(1) + "/file")
        try fixture.mount()
        try Fixture.write("two", to: fixture.merged + "/file")
        #expect(rename(fixture.lower(2), fixture.base + "/away") == 0)
        #expect(try fixture.changes()["/file"]?.change == .modified)
    }

    /// Without the right to see the overlay's marks a folder may be new or renamed, and zeros may stand for data.
    @Test(arguments: [("0000000000000000", "user:[4026531837]"), ("000001ffffffffff", "user:[4026532999]")])
    func marksThatAreNotSeen(_ capabilities: String, _ user: String) throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/file")
        try fixture.mount("metacopy=on")
        chmod(fixture.merged + "/file", 0o600)
        try Fixture.write("one", to: fixture.merged + "/folder/file")
        let options = "lowerdir=\(fixture.lower(1)),upperdir=\(fixture.upper),workdir=/w"
        let proc = try Self.proc(Self.line(fixture.merged, options), capabilities: capabilities, user: user)
        let tree = try fixture.tree(proc: proc.path)
        #expect(!tree.seesMarks)
        let seen = try SeenChanges(tree)
        #expect(seen["/folder"]?.change == .present && seen["/folder/file"]?.change == .present)
        let file = try #require(seen["/file"])
        #expect(file.change == .present && file.file?.digest?.sha256 == nil)
        #expect(file.file?.digest?.note?.contains("CAP_SYS_ADMIN") == true)
    }

    /// A container can write these itself where the overlay is mounted without `userxattr`.
    @Test
    func marksOfUsersCountOnlyWithTheOption() throws {
        let fixture = try Fixture()
        try Fixture.write("one", to: fixture.lower(1) + "/d/file")
        try Fixture.write("one", to: fixture.lower(1) + "/e/file")
        try fixture.mount()
        chmod(fixture.merged + "/d", 0o700)
        try Fixture.attribute("user.overlay.opaque", Array("y".utf8), of: fixture.upper + "/d")
        try Fixture.attribute("user.overlay.redirect", Array("/e".utf8), of: fixture.upper + "/d")
        let plain = try fixture.changes()
        #expect(plain["/d"]?.isOpaque == false && plain["/d"]?.redirect == nil && plain.all.count == 1)
        #expect(plain["/d"]?.file?.attributes.map(\.name) == ["user.overlay.opaque", "user.overlay.redirect"])
        let options = "lowerdir=\(fixture.lower(1)),upperdir=\(fixture.upper),workdir=/w,userxattr"
        let proc = try Self.proc(Self.line(fixture.merged, options))
        let seen = try SeenChanges(try fixture.tree(proc: proc.path))
        #expect(seen["/d"]?.isOpaque == true && seen["/d/file"]?.hiddenBy == "/d")
    }

    @Test
    func whatIsNoOverlay() throws {
        let fixture = try Fixture()
        func code(_ point: String) -> HostError.Code? {
            do throws(HostError) {
                _ = try OverlayTree(rootMount: RawText(point), root: "/", proc: ProcFileSystem())
                return nil
            } catch { return error.code }
        }
        #expect(code(fixture.base) == .unsupported && code(fixture.merged) == .notFound)
        #expect(
            Glibc.mount("overlay", fixture.merged, "overlay", 0, "lowerdir=\(fixture.lower(1)):\(fixture.outside)") == 0
        )
        #expect(code(fixture.merged) == .unsupported)
        let fuse = try Self.proc("610 606 0:66 / /m rw - fuse.fuse-overlayfs fuse-overlayfs rw\n")
        let error = #expect(throws: HostError.self) {
            try OverlayTree(rootMount: "/m", root: "/", proc: ProcFileSystem(root: fuse.path))
        }
        #expect(error?.reason.contains("fuse-overlayfs") == true)
    }
}
