import Bundle
import Foundation
import Inspection
import Testing

/// Captures that somebody made to harm who opens them.
struct ForeignHostileTests {
    private let log = "namespaces/prod/pods/api/main/main/logs/current.log"

    /// A must-gather with one log, and more entries before it.
    private func archive(_ folder: TestFolder, _ entries: String) async throws -> ForeignCapture {
        let script = """
            import io, sys, tarfile
            archive = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape")
            def add(name, content=b"x", **fields):
                info = tarfile.TarInfo(name); info.size = len(content)
                for key, value in fields.items(): setattr(info, key, value)
                archive.addfile(info, io.BytesIO(content))
            \(entries)
            add("\(log)", b"the log\\n")
            archive.close()
            """
        try folder.write(script, to: "make.py")
        try #require(try folder.shell("python3 make.py made.tar") == 0)
        return try await ForeignCapture(path: folder.file("made.tar"))
    }

    private func expectOnlyTheLog(_ capture: ForeignCapture) async throws {
        #expect(try await capture.list().map(\.path) == [log])
        #expect(try await ReadAll(capture).files == [log: Array("the log\n".utf8)])
    }

    @Test(arguments: [
        (#"add("/etc/passwd")"#, "/etc/passwd", "its path is absolute"),
        (#"add("../../etc/passwd")"#, "../../etc/passwd", "its path leads out through .."),
        (#"add("a/../../b")"#, "a/../../b", "its path leads out through .."),
        (#"add("a//b")"#, "a//b", "its path has an empty component"),
        (#"add("a/./b")"#, "a/./b", "its path has a component ."),
        (
            #"add("l", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")"#, "l",
            "it is a symbolic link to /etc/passwd, which is not followed"
        ),
        (
            #"add("l", b"", type=tarfile.SYMTYPE, linkname="\x1b[2J")"#, "l",
            "it is a symbolic link to =1B[2J, which is not followed"
        ),
        (
            #"add("h", b"", type=tarfile.LNKTYPE, linkname="../x")"#, "h",
            "it is a hard link to ../x, which is not followed"
        ),
        (#"add("f", b"", type=tarfile.FIFOTYPE)"#, "f", "it is a FIFO, which is not opened"),
        (#"add("d", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)"#, "d", "it is a device, which is not opened"),
    ])
    func notTaken(entry: String, path: String, reason: String) async throws {
        let folder = try TestFolder()
        let capture = try await archive(folder, entry)
        #expect(capture.problems == [CaptureProblem(path: path, reason: reason)])
        try await expectOnlyTheLog(capture)
    }

    @Test
    func theFirstOfTwoCounts() async throws {
        let folder = try TestFolder()
        let capture = try await archive(folder, #"add("version", b"one"); add("./version", b"two")"#)
        #expect(
            capture.problems == [
                CaptureProblem(path: "version", reason: "a file of this path came before, which counts")
            ])
        #expect(try await ReadAll(capture).files["version"] == Array("one".utf8))
    }

    @Test
    func namesThatSteerTerminalsAreEscaped() async throws {
        let folder = try TestFolder()
        let capture = try await archive(
            folder, #"add("a\x1b[31m/b=c", b"1"); add("\udcff.log", b"2"); add("häfen", b"3")"#)
        #expect(capture.problems.isEmpty)
        let files = try await ReadAll(capture).files
        #expect(files["a=1B[31m/b=3Dc"] == Array("1".utf8))
        #expect(files["=FF.log"] == Array("2".utf8))
        #expect(files["häfen"] == Array("3".utf8))
    }

    @Test
    func manyProblemsAreCountedAndSomeKept() async throws {
        let folder = try TestFolder()
        let capture = try await archive(
            folder, #"for n in range(1500): add("../%d" % n, b"")"#)
        #expect(capture.problemCount == 1_500)
        #expect(capture.problems.count == 1_000)
        try await expectOnlyTheLog(capture)
    }

    @Test
    func aFolderIsWalkedWithoutLeavingIt() async throws {
        let folder = try TestFolder()
        try folder.write("secret", to: "outside/secret.log")
        try folder.write("the log\n", to: "case/" + log)
        try folder.shell(
            """
            cd case
            ln -s ../../outside namespaces/out; ln -s / root; ln -s . loop; ln -s \(log) inside
            mkfifo fifo; touch "$(printf 'a\\377')" "$(printf 'b\\033')"
            mkdir -p \(Array(repeating: "d", count: 80).joined(separator: "/"))
            """)
        let capture = try await ForeignCapture(path: folder.file("case"))
        let problems = Dictionary(uniqueKeysWithValues: capture.problems.map { ($0.path ?? "", $0.reason) })
        #expect(problems["fifo"] == "it is neither file nor folder, which is not opened")
        for link in ["namespaces/out", "root", "loop", "inside"] {
            #expect(problems[link] == "it is a symbolic link, which is not followed")
        }
        #expect(problems["a=FF"] == "its name is not plain text: it is not opened")
        #expect(problems["b=1B"] == "its name is not plain text: it is not opened")
        #expect(problems.values.contains("it is in more than 64 folders"))
        #expect(problems.count == 8)
        try await expectOnlyTheLog(capture)
    }

    @Test
    func whatChangesInAFolderIsSaid() async throws {
        let folder = try TestFolder()
        try folder.write("the log\n", to: "case/" + log)
        try folder.write("v", to: "case/version")
        let capture = try await ForeignCapture(path: folder.file("case"))
        try folder.write("the log, longer\n", to: "case/" + log)
        try folder.shell("cd case; rm version; ln -s /etc/passwd version")
        let read = try await ReadAll(capture)
        #expect(read.problems[log] == "it had 8 bytes when it was listed, then 16")
        #expect(read.problems["version"] == "it is a symbolic link, which a bundle cannot have")
        #expect(read.files["version"] == [])
    }

    @Test
    func whatChangesInAnArchiveIsAnError() async throws {
        let folder = try TestFolder()
        let capture = try await archive(folder, #"add("version")"#)
        _ = try await archive(folder, #"add("versiom")"#)
        await #expect(throws: BundleError.self) { _ = try await ReadAll(capture) }
    }

    @Test
    func aVisitorMayHaveEnoughOrThrow() async throws {
        struct Refusal: Error {}
        final class Taker: FileVisitor {
            func take(_ piece: ArraySlice<UInt8>) throws { throw EnoughOfFile() }
            func end(_ problem: String?) throws { throw Refusal() }
        }
        let folder = try TestFolder()
        let tar = try await archive(folder, #"add("version")"#)
        try folder.shell("mkdir case; tar -xf made.tar -C case")
        for capture in [tar, try await ForeignCapture(path: folder.file("case"))] {
            try await capture.read { _ in Taker() }
            await #expect(throws: Refusal.self) { try await capture.read { _ in throw Refusal() } }
        }
    }

    @Test
    func whatIsNoCapture() async throws {
        let folder = try TestFolder()
        try folder.write("a", to: "plain/a.txt")
        try folder.write("{}", to: "plain/analysis.json")
        try folder.shell("tar -cf plain.tar plain")
        for path in ["plain", "plain.tar", "plain/a.txt", "nothing"] {
            do {
                _ = try await ForeignCapture(path: folder.file(path))
                Issue.record("\(path) was opened")
            } catch let error as BundleError {
                #expect(error.code == (path == "nothing" ? .readFailed : .notABundle), "\(error)")
            }
        }
    }
}
