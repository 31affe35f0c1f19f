import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Glibc
import Testing

/// Step kind `files` on this host: copies of real files, and what is none.
struct HostFilesTests {
    private static func run(_ options: String, timeout: Duration = .seconds(20)) async throws
        -> StepResult
    {
        let definition = try CollectorDefinitionDecoder(file: "own.yaml", kinds: StepRegistry.kinds)
            .decode(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: own, title: Own}
                scope: host
                volatility: 9
                steps:
                  - files: {\(options)}
                    output: copied
                """)
        return try await StepResult.of(timeout: timeout) { context in
            try await HostFilesStep(definition.steps[0], HostCapture.Options()).run(context)
        }
    }

    private static func content(_ result: StepResult, _ path: String) -> [UInt8]? {
        result.contents["data/host/files/copied\(path)"]
    }

    private static func listing(_ result: StepResult) -> String {
        String(decoding: result.contents["data/host/files/copied.jsonl"] ?? [], as: UTF8.self)
    }

    private static func make(_ folder: String) async throws {
        let made = try await Command.run([
            "/bin/sh", "-c",
            #"""
            cd "$1" && mkdir -p d/sub && echo a > d/a.log && echo b > d/sub/b.log && echo c > d/c.txt && : > d/empty
            ln -s /etc/passwd d/out && ln -s /etc d/folder && mkfifo d/fifo && ln d/a.log d/hard
            printf '\000x' > d/bytes && truncate -s 1G d/sparse && ln -s d/c.txt named && ln -s /proc proc
            printf x > "$(printf 'd/n\377u\nv')"
            """#, "sh", folder,
        ])
        #expect(made.status == 0, "\(made.errors)")
    }

    @Test
    func aFolder() async throws {
        try await withFolder { folder in
            try await Self.make(folder)
            let result = try await Self.run("paths: ['\(folder)/d/']")
            #expect(
                result.line.state == .partial && result.line.reason?.code == "TooLarge", "\(result.line)")
            #expect(result.line.reason?.message.contains("/d/sparse with 1073741824 bytes") == true)
            #expect(Self.content(result, folder + "/d/a.log") == Array("a\n".utf8))
            #expect(Self.content(result, folder + "/d/sub/b.log") == Array("b\n".utf8))
            #expect(Self.content(result, folder + "/d/hard") == Array("a\n".utf8))
            #expect(Self.content(result, folder + "/d/bytes") == [0, 0x78])
            #expect(Self.content(result, folder + "/d/empty") == [])
            #expect(Self.content(result, folder + "/d/n=FFu=0Av") == [0x78])
            // The list, seven files, and none of what is no file.
            #expect(result.contents.count == 8, "\(result.contents.keys.sorted())")
            let listing = Self.listing(result)
            for name in ["/d/sparse", "/d/out", "/d/folder", "/d/a.log"] {
                #expect(listing.contains(folder + name))
            }
            #expect(!listing.contains("/d/fifo") && !listing.contains("passwd\",\"type"))
        }
    }

    @Test
    func namesAndPathsThatAreFiles() async throws {
        try await withFolder { folder in
            try await Self.make(folder)
            let result = try await Self.run(
                "paths: ['\(folder)/d', '\(folder)/named', '\(folder)/d', '\(folder)/nothing'], names: ['*.log']"
            )
            #expect(result.line.state == .ok, "\(result.line)")
            #expect(
                Self.content(result, folder + "/named") == Array("c\n".utf8),
                "a path that is a link is followed")
            #expect(
                Self.content(result, folder + "/d/a.log") != nil
                    && Self.content(result, folder + "/d/c.txt") == nil)
            #expect(result.contents.count == 4)
            let few = try await Self.run("paths: ['\(folder)/d'], most: 2")
            #expect(few.line.state == .partial && few.line.reason?.code == "TooManyFiles", "\(few.line)")
            #expect(few.contents.count == 3)
        }
    }

    @Test
    func whatIsNotThereOrNoFile() async throws {
        try await withFolder { folder in
            try await Self.make(folder)
            let nothing = try await Self.run("paths: ['\(folder)/nothing', '\(folder)/d/c.txt/x']")
            #expect(
                nothing.line.state == .missing && nothing.line.reason?.code == "NoSuchPath",
                "\(nothing.line)")
            for path in ["/d/fifo", "/proc", "/proc/self/status"] {
                let refused = try await Self.run("paths: ['\(folder)\(path)']")
                #expect(
                    refused.line.state == .partial && refused.line.reason?.code == "UnexpectedType",
                    "\(refused.line)")
                #expect(refused.contents.keys.allSatisfy { $0.hasSuffix("failures.jsonl") })
            }
            try FileManager.default.createDirectory(
                atPath: folder + "/none", withIntermediateDirectories: true)
            #expect(try await Self.run("paths: ['\(folder)/none']").line.state == .empty)
        }
    }

    /// It ends at the size that the file had when it was found.
    @Test
    func aFileThatGrows() async throws {
        try await withFolder { folder in
            let path = folder + "/growing"
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(repeating: 0x61, count: 1_000))
            let writer = try Process.run(
                URL(fileURLWithPath: "/bin/sh"),
                arguments: ["-c", "i=0; while [ $i -lt 300000 ]; do echo line; i=$((i+1)); done >> \(path) 2>&1"])
            // SIGTERM may be blocked in what a test starts, and its end must not be waited for.
            defer { kill(writer.processIdentifier, SIGKILL) }
            let result = try await Self.run("paths: ['\(folder)'], largest: 1GiB")
            #expect([.ok, .partial].contains(result.line.state), "\(result.line)")
            let size = try #require(Self.content(result, path)?.count)
            #expect(Self.listing(result).contains("\"size\":\(size),"), "what is listed is what came")
        }
    }

    /// Reading leaves no trace in the access time, where the kernel lets it.
    @Test
    func theAccessTimeStays() async throws {
        try await withFolder { folder in
            let path = folder + "/file"
            _ = FileManager.default.createFile(atPath: path, contents: Data("x".utf8))
            var times = [
                timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 2_000_000, tv_nsec: 0),
            ]
            #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
            let result = try await Self.run("paths: ['\(path)']")
            #expect(result.line.state == .ok && Self.content(result, path) == [0x78], "\(result.line)")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_atim.tv_sec == 1_000_000)
        }
    }
}
