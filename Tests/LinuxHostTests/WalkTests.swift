import Glibc
import LinuxHost
import Testing

@Suite struct WalkTests {
    private func window() -> ChangedFileQuery {
        let now = Timestamp.now()
        return ChangedFileQuery(
            from: now.advanced(nanoseconds: -3_600_000_000_000),
            to: now.advanced(nanoseconds: 60_000_000_000))
    }

    @Test func hostileTree() throws {
        let tree = try TemporaryTree()
        tree.write("plain", "x")
        tree.write("new\nline\u{1B}[31m", "x")
        tree.link("loop", to: ".")
        tree.link("out", to: "/etc/passwd")
        mkfifo(tree.path + "/fifo", 0o644)
        tree.write("suid", "x")
        chmod(tree.path + "/suid", 0o4755)
        let odd: [UInt8] = Array((tree.path + "/").utf8) + [0xFF, 0xFE]
        close(open(odd.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600))
        tree.write("old", "x")
        var times = [timespec(tv_sec: 1_000, tv_nsec: 7), timespec(tv_sec: 1_000, tv_nsec: 7)]
        utimensat(AT_FDCWD, tree.path + "/old", &times, 0)
        var deep = "deep"
        for _ in 0..<40 { deep += "/d" }
        tree.make(directory: deep)
        tree.write("left-out/file", "x")

        var query = window()
        query.roots = [tree.path]
        query.maxDepth = 20
        query.excluded = [RawText(tree.path + "/left-out")]
        var found: [String: ChangedFile] = [:]
        var refusals: [String: HostError.Code] = [:]
        var contents: [UInt8] = []
        let summary = try ChangedFileWalk(query, proc: try ProcFileSystem()).walk { file in
            let name = String(file.file.path.string.dropFirst(tree.path.count + 1))
            found[name] = file.file
            do throws(HostError) {
                let descriptor = try file.open()
                if name == "plain" {
                    contents = [0, 0]
                    let number = descriptor.rawValue
                    let count = contents.withUnsafeMutableBytes { read(number, $0.baseAddress, 2) }
                    contents.removeLast(2 - count)
                }
            } catch {
                refusals[name] = error.code
            }
        }
        #expect(contents == Array("x".utf8) && summary.stop == nil)
        #expect(found["new\nline\u{1B}[31m"]?.path.escaped.hasSuffix("/new\\nline\\x1b[31m") == true)
        #expect(found["loop"]?.linkTarget == "." && found["out"]?.linkTarget == "/etc/passwd")
        #expect(refusals["fifo"] == .unexpectedType && refusals["out"] == .unexpectedType && refusals["plain"] == nil)
        #expect(found["suid"]?.isSetUserID == true && found["plain"]?.isSetUserID == false)
        #expect(found.values.contains { $0.path.bytes == odd })
        // Its times were set back, which changes its status now: that is what gives it away.
        #expect(found["old"]?.modifiedInWindow == false && found["old"]?.changedInWindow == true)
        #expect(found["old"]?.modified == Timestamp(seconds: 1_000, nanoseconds: 7))
        #expect(found["left-out/file"] == nil && summary.skipped == [RawText(tree.path + "/left-out")])
        #expect(summary.failures.failures.map(\.code) == [.limitReached])
        #expect(found.keys.filter { $0.hasPrefix("deep") }.count == 21)
    }

    @Test func limitsAndStops() throws {
        let tree = try TemporaryTree()
        for index in 0..<20 { tree.write("f\(index)", "") }
        var query = window()
        query.roots = [tree.path]
        query.maxFiles = 5
        var count = 0
        var summary = try ChangedFileWalk(query).walk { _ in count += 1 }
        #expect(count == 5 && summary.stop == .fileLimit)
        query.maxEntries = 3
        summary = try ChangedFileWalk(query).walk { _ in }
        #expect(summary.stop == .entryLimit && summary.entries == 3)
        query.deadline = .now
        summary = try ChangedFileWalk(query).walk { _ in }
        #expect(summary.stop == .deadline && summary.found == 0)
        query.roots = ["/nowhere"]
        query.deadline = nil
        #expect(try ChangedFileWalk(query).walk { _ in }.failures.failures.first?.code == .notFound)
        query.roots = [tree.path]
        #expect(throws: Missing.self) { try ChangedFileWalk(query).walk { _ in throw Missing() } }
    }

    @Test func cancellation() async throws {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            var query = ChangedFileQuery(from: Timestamp(seconds: 0), to: .now())
            query.roots = ["/usr"]
            return try ChangedFileWalk(query).walk { _ in }.stop
        }
        task.cancel()
        #expect(try await task.value == .cancelled)
    }

    @Test func unreadableDirectory() throws {
        guard getuid() != 0 else {
            print("skipped: root may read every directory")
            return
        }
        let tree = try TemporaryTree()
        tree.make(directory: "closed")
        chmod(tree.path + "/closed", 0)
        var query = window()
        query.roots = [tree.path]
        #expect(try ChangedFileWalk(query).walk { _ in }.failures.failures.map(\.code) == [.permissionDenied])
    }

    @Test func openLaterByPath() throws {
        let tree = try TemporaryTree()
        tree.write("a/file", "content")
        tree.link("b", to: "a")
        tree.link("a/link", to: "file")
        let status = try RegularFile.open(RawText(tree.path + "/a/file")).status()
        let identity = FileIdentity(status)
        func code(_ path: String, _ identity: FileIdentity? = nil) -> HostError.Code? {
            do {
                _ = try RegularFile.open(RawText(path), root: tree.path, expecting: identity).rawValue
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("/a/file", identity) == nil)
        #expect(code("/a/file", FileIdentity(device: identity.device, inode: identity.inode + 1)) == .replaced)
        #expect(code("/a/link") == .unexpectedType && code("/a/../a/file") == .unexpectedType)
        #expect(code("/b/file") != nil && code("/a") == .unexpectedType && code("/a/none") == .notFound)
    }
}
