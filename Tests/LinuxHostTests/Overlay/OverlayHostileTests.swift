import Glibc
import LinuxHost
import Synchronization
import TestSupport
import Testing

/// What a container that is root in itself can do to its layer, before and while it is looked at. In each case a file of the host
/// that no layer has, `secret`, must not get in.
@Suite(.enabled(if: OverlayFixture.isPossible, "\(OverlayFixture.condition)"))
struct OverlayHostileTests {
    typealias Fixture = OverlayFixture

    private static func fixture(lowers: Int = 1) throws -> Fixture {
        let fixture = try Fixture(lowers: lowers)
        try Fixture.write("secret", to: fixture.outside + "/secret")
        try Fixture.write("secret", to: fixture.outside + "/d/secret")
        return fixture
    }

    @Test
    func links() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        symlink(fixture.outside, fixture.merged + "/folder")
        symlink(fixture.outside + "/secret", fixture.merged + "/file")
        symlink("../outside/secret", fixture.merged + "/relative")
        symlink(".", fixture.merged + "/loop")
        let tree = try fixture.tree()
        let seen = try SeenChanges(tree)
        #expect(seen.paths == ["/file", "/folder", "/loop", "/relative"] && !seen.has(hash: Hash.secret))
        #expect(seen["/file"]?.file?.linkTarget == RawText(fixture.outside + "/secret"))
        let secret = FileIdentity(try Fixture.status(fixture.outside + "/secret"))
        for path in ["/file", "/folder/secret", "/relative", "/../outside/secret", "/loop/../../outside/secret"] {
            #expect(throws: HostError.self, "\(path)") { _ = try tree.open(RawText(path), expecting: secret) }
        }
    }

    /// A folder and a file are replaced by links out, again and again, while it is looked at and read.
    @Test
    func namesThatChangeHandsMeanwhile() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/d/secret")
        symlink(fixture.outside + "/d", fixture.merged + "/e")
        try Fixture.write("one", to: fixture.merged + "/f")
        symlink(fixture.outside + "/secret", fixture.merged + "/g")
        let isOver = Mutex(false)
        let merged = fixture.merged
        try withThread {
            while !isOver.withLock({ $0 }) {
                for (from, to) in [("d", "x"), ("e", "d"), ("x", "e"), ("f", "y"), ("g", "f"), ("y", "g")] {
                    rename(merged + "/" + from, merged + "/" + to)
                }
            }
        } while: {
            defer { isOver.withLock { $0 = true } }
            let tree = try fixture.tree()
            var reads = 0
            for _ in 0..<400 {
                let seen = try SeenChanges(tree)
                #expect(!seen.has(hash: Hash.secret))
                for change in seen.all {
                    guard let file = change.file, file.kind == .regular,
                        let held = try? tree.open(change.path, expecting: file.identity)
                    else { continue }
                    #expect(FileIdentity(try held.status()) == file.identity)
                    reads += 1
                }
            }
            #expect(reads > 0)
        }
    }

    /// Marks that no kernel would make, and links in the layers below that they lead over.
    @Test(arguments: ["/../outside", "../outside", "/../../../../etc", "/out", "/./out", "//out", "/out/d", "out", ""])
    func redirectsOut(_ redirect: String) throws {
        let fixture = try Self.fixture()
        symlink(fixture.outside, fixture.lower(1) + "/out")
        try Fixture.write("two", to: fixture.upper + "/folder/secret")
        try Fixture.write("\0\0\0\0\0\0", to: fixture.upper + "/secret")
        for (path, value) in [("/folder", redirect), ("/secret", redirect + "/secret")] {
            try Fixture.attribute("trusted.overlay.redirect", Array(value.utf8), of: fixture.upper + path)
        }
        try Fixture.attribute("trusted.overlay.metacopy", [], of: fixture.upper + "/secret")
        // The kernel may refuse to mount this; the layers are the same.
        try fixture.mount()
        let seen = try fixture.changes()
        #expect(seen.all.count == 3 && !seen.has(hash: Hash.secret), "\(seen.all)")
        #expect(seen["/secret"]?.file?.digest?.sha256 == nil && seen["/secret"]?.isMetacopy == true)
    }

    @Test
    func filesThatMustNotBeOpened() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        mkfifo(fixture.merged + "/fifo", 0o666)
        // Opening the master of a terminal makes one: a device whose opening shows.
        #expect(mknod(fixture.merged + "/ptmx", S_IFCHR | 0o666, 0x502) == 0)
        #expect(mknod(fixture.merged + "/disk", S_IFBLK | 0o666, 0x700) == 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = fixture.merged + "/socket"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(100)) }
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        let seen = try fixture.changes()
        #expect(seen["/fifo"]?.file?.kind == .fifo && seen["/socket"]?.file?.kind == .socket)
        #expect(seen["/ptmx"]?.file?.device == "5:2" && seen["/disk"]?.file?.device == "7:0")
        #expect(seen.all.allSatisfy { $0.file?.digest == nil } && seen.summary.failures.count == 0)
        // Nobody opened the FIFO for reading: a writer that does not wait is refused.
        #expect(open(fixture.upper + "/fifo", O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO)
    }

    @Test
    func names() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/two\nlines\u{1B}[31m")
        let odd = Array((fixture.merged + "/").utf8) + [0xFF, 0xFE]
        close(open(odd.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600))
        let seen = try fixture.changes()
        let line = try #require(seen["/two\nlines\u{1B}[31m"]).jsonLine
        #expect(line.filter { $0 == 0x0A }.count == 1 && line.last == 0x0A && !line.contains(0x1B))
        let other = try #require(seen.all.first { $0.path.bytes == [0x2F, 0xFF, 0xFE] }).jsonLine
        #expect(String(decoding: other, as: UTF8.self).contains(#""path_hex":"2ffffe""#))
    }

    @Test
    func hugeFilesWithNothingInThem() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        for name in ["/a", "/b"] {
            try Fixture.write("", to: fixture.merged + name)
            #expect(truncate(fixture.merged + name, 1 << 40) == 0)
        }
        var query = OverlayQuery()
        query.maxHashedBytes = 4
        try Fixture.write("one", to: fixture.merged + "/c")
        try Fixture.write("one", to: fixture.merged + "/d")
        let seen = try fixture.changes(query)
        #expect(seen["/a"]?.file?.size == 1 << 40 && seen["/a"]?.file?.digest?.sha256 == nil)
        #expect(seen["/a"]?.file?.digest?.note == "larger than 536870912 bytes")
        let small = [seen["/c"], seen["/d"]].map { $0?.file?.digest }
        #expect(small.filter { $0?.sha256 == Hash.one }.count == 1)
        #expect(small.contains { $0?.note == "the limit of bytes to hash was reached" } && seen.summary.unhashed == 3)
    }

    @Test
    func foldersWithoutEnd() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        try Fixture.write("one", to: fixture.merged + "/file")
        var folder = open(fixture.merged, O_RDONLY | O_DIRECTORY)
        for _ in 0..<3_000 {
            #expect(mkdirat(folder, "d", 0o755) == 0)
            let inner = openat(folder, "d", O_RDONLY | O_DIRECTORY)
            close(folder)
            folder = inner
        }
        close(folder)
        let seen = try fixture.changes()
        #expect(seen["/file"]?.file?.digest?.sha256 == Hash.one)
        #expect(seen.all.count == 1_026 && seen.summary.failures.failures.map(\.code) == [.limitReached])
        var query = OverlayQuery()
        query.maxPathBytes = 100
        #expect(try fixture.changes(query).all.count == 52)
    }

    @Test
    func foldersWithTooMuchInThem() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        for number in 0..<3_000 { mkdir(fixture.merged + "/\(number)", 0o755) }
        #expect(try fixture.changes().all.count == 3_000)
        var query = OverlayQuery()
        query.maxPendingBytes = 1_000
        let seen = try fixture.changes(query)
        // Each is looked at; those beyond are not entered, and that is said.
        #expect(seen.all.count == 3_000 && seen.summary.failures.failures.map(\.code) == [.limitReached])
        query.maxEntries = 500
        #expect(try fixture.changes(query).summary.stop == .entryLimit)
        query.deadline = .now
        let late = try fixture.changes(query)
        #expect(late.summary.stop == .deadline && late.all.isEmpty)
    }

    @Test
    func filesThatChangeWhileTheyAreHashed() throws {
        let fixture = try Self.fixture()
        try fixture.mount()
        let path = fixture.merged + "/log"
        try Fixture.write("", to: path)
        #expect(truncate(path, 64 << 20) == 0)
        let isOver = Mutex(false)
        try withThread {
            let file = open(path, O_WRONLY | O_APPEND)
            while !isOver.withLock({ $0 }) { _ = write(file, "x", 1) }
            close(file)
        } while: {
            defer { isOver.withLock { $0 = true } }
            let seen = try fixture.changes()
            let digest = try #require(seen["/log"]?.file?.digest)
            #expect(digest.changedWhileRead && digest.sha256 != nil && seen.summary.unstable == 1)
        }
    }

    /// Another file system on a folder of the layer is not of the container's making, and not entered.
    @Test
    func otherFileSystems() throws {
        let fixture = try Self.fixture()
        mkdir(fixture.upper + "/folder", 0o755)
        try fixture.mount()
        #expect(Glibc.mount("tmpfs", fixture.upper + "/folder", "tmpfs", 0, "") == 0)
        defer { umount2(fixture.upper + "/folder", Int32(MNT_DETACH)) }
        try Fixture.write("secret", to: fixture.upper + "/folder/secret")
        let seen = try fixture.changes()
        #expect(seen.all == [] && seen.summary.failures.failures.map(\.code) == [.unexpectedType])
    }

    /// Runs something on a thread of its own while something else runs here, and waits for it.
    private func withThread(_ work: @escaping @Sendable () -> Void, while body: () throws -> Void) throws {
        final class Work: Sendable {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Work(work)).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            }, argument)
        try #require(status == 0)
        defer { pthread_join(thread, nil) }
        try body()
    }
}
