import Foundation
import Glibc
import Testing

/// Bundles whose hashes were compared, and are not again while their file is the same.
@Suite(
    .needsBinary, .needsTool("python3"),
    .enabled("temporary files are on a file system that does not know a file again") {
        let kind = try await Tool.run("stat", ["-f", "-c", "%T", Scratch.root]).text
        return ["ext2/ext3\n", "xfs\n", "btrfs\n", "f2fs\n"].contains(kind)
    })
struct VerifiedFileTests {
    private static let log = "data/namespaces/prod/pods/a/main/main/logs/current.log"

    /// A folder with `good.tar.zst`, copies of it, and `wrong.tar.zst` of the same seal, in whose log there is another word; none has just
    /// been changed.
    private static let folder = Task {
        let folder = try Scratch.folder()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        try await Tool.run(
            "python3", ["-B", "-c", script, tests.appendingPathComponent("verify_bundle_test.py").path, folder, log])
        try Files.write("correct horse\n", to: folder + "/p")
        chmod(folder + "/p", 0o600)
        try await Exhibit.expect(
            0, ["encrypt", "good.tar.zst", "--out", "locked.tar.zst.age", "--passphrase-file", "p"], folder: folder)
        try await Task.sleep(for: .milliseconds(2_100))
        return folder
    }

    private static let script = #"""
        import importlib.util, os, sys, tempfile

        spec = importlib.util.spec_from_file_location("writer", sys.argv[1])
        writer = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(writer)

        folder, log = sys.argv[2:]
        key = writer.Key(tempfile.mkdtemp(dir=folder), "k")
        text = b"2026-11-21T03:00:00.000000000Z no error\n2026-11-21T03:00:01.000000000Z a needle\n"
        made = writer.Writer(key, payload={log: text})
        for name, data in {
            "good": made.zst(), "changed": made.zst(),
            "wrong": made.zst(lambda tar: tar.replace(b"a needle", b"a noodle")),
        }.items():
            with open(os.path.join(folder, name + ".tar.zst"), "wb") as file:
                file.write(data)
        """#

    private static func kept(_ cache: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: cache + "/exhibit/verified")) ?? []
    }

    @Test(arguments: [
        (["verify"], 10), (["inspect"], 10), (["report", "-o", "-"], 10), (["grep", "needle"], 0),
        (["grep", "no such"], 54),
        (["hunt", "--indicator", "string:needle"], 0),
    ])
    func whateverComparedAllHashesSaysSo(command: [String], code: Int) async throws {
        let folder = try await Self.folder.value
        try await Scratch.withFolder { cache in
            let arguments = [command[0], "good.tar.zst"] + command.dropFirst()
            let first = try await Exhibit.expect(
                Int32(code), arguments, environment: ["XDG_CACHE_HOME": cache], folder: folder)
            let name = try #require(Self.kept(cache).first)
            #expect(Self.kept(cache).count == 1)
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: cache + "/exhibit/" + path)[.posixPermissions] as? Int
            }
            #expect(try mode("verified") == 0o700 && mode("verified/" + name) == 0o600)
            let second = try await Exhibit.expect(
                Int32(code), arguments, environment: ["XDG_CACHE_HOME": cache], folder: folder)
            #expect(first.text == second.text)
        }
    }

    /// That they are not compared can only be told from what is not found then: here the record is wrong.
    @Test
    func whatIsKnownIsNotHashedUnlessThatIsWanted() async throws {
        let folder = try await Self.folder.value
        try await Scratch.withFolder { cache in
            func run(_ code: Int32, _ arguments: [String], names: String? = nil) async throws {
                let outcome = try await Exhibit.expect(
                    code, arguments, environment: ["XDG_CACHE_HOME": cache], folder: folder)
                if let names { outcome.expectMessage(names) }
            }
            let searches = [
                ["grep", "wrong.tar.zst", "noodle"], ["hunt", "wrong.tar.zst", "--indicator", "string:noodle"],
                ["query", "wrong.tar.zst", "SELECT * FROM log_lines"],
                ["logs", "wrong.tar.zst", "-n", "prod", "--top"],
                ["timeline", "wrong.tar.zst"],
            ]
            for search in searches { try await run(Exhibit.Code.integrityFailed, search, names: Self.log) }
            #expect(Self.kept(cache) == [])
            try await run(10, ["verify", "good.tar.zst"])
            let seal = try #require(Self.kept(cache).first)
            try Files.write(try Self.record(folder + "/wrong.tar.zst", seal), to: "\(cache)/exhibit/verified/\(seal)")
            for search in searches { try await run(0, search) }
            for search in searches {
                try await run(Exhibit.Code.integrityFailed, search + ["--no-cache"], names: Self.log)
            }
            try await run(Exhibit.Code.integrityFailed, ["cat", "wrong.tar.zst", Self.log])
            for search in searches { try await run(0, search) }
            // What has failed once is not believed any more.
            try await run(Exhibit.Code.integrityFailed, ["verify", "wrong.tar.zst"])
            #expect(Self.kept(cache) == [])
            for search in searches { try await run(Exhibit.Code.integrityFailed, search, names: Self.log) }
        }
    }

    /// As the program writes it (`VerifiedFiles`).
    private static func record(_ path: String, _ seal: String) throws -> String {
        var status = stat()
        try #require(stat(path, &status) == 0)
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
        return "exhibit verified 1 \(seal) \(status.st_dev) \(status.st_ino) \(status.st_size) "
            + "\(nanoseconds(status.st_mtim)) \(nanoseconds(status.st_ctim))\n"
    }

    @Test
    func whatIsChangedAfterItWasVerifiedIsFound() async throws {
        let folder = try await Self.folder.value
        try await Scratch.withFolder { cache in
            let environment = ["XDG_CACHE_HOME": cache]
            try await Exhibit.expect(10, ["verify", "changed.tar.zst"], environment: environment, folder: folder)
            #expect(Self.kept(cache).count == 1)
            // The same file, of the same size, with the time that it had.
            try await Tool.run(
                "sh",
                [
                    "-ec",
                    "touch -r changed.tar.zst t; dd if=wrong.tar.zst of=changed.tar.zst; touch -r t changed.tar.zst",
                ], folder: folder)
            for search in [
                ["grep", "changed.tar.zst", "noodle"], ["query", "changed.tar.zst", "SELECT * FROM log_lines"],
            ] {
                try await Exhibit.expect(
                    Exhibit.Code.integrityFailed, search, environment: environment, folder: folder
                ).expectMessage(Self.log)
            }
        }
    }

    @Test
    func nothingIsKeptWhereThatIsNotWantedOrItIsEncrypted() async throws {
        let folder = try await Self.folder.value
        try await Scratch.withFolder { cache in
            let environment = ["XDG_CACHE_HOME": cache]
            for arguments in [
                ["good.tar.zst", "--no-cache"], ["locked.tar.zst.age", "--passphrase-file", "p"],
            ] {
                try await Exhibit.expect(10, ["verify"] + arguments, environment: environment, folder: folder)
                try await Exhibit.expect(
                    0, ["grep", "-e", "needle"] + arguments, environment: environment, folder: folder)
            }
            #expect(Self.kept(cache) == [])
        }
    }
}
