import Bundle
import Foundation
import Inspection
import Testing

/// Captures of real clusters that other tools made.
@Suite(.enabled(if: Fixtures.areThere, "no fixtures: EXHIBIT_FIXTURES names their folder"))
struct ForeignFixtureTests {
    @Test(arguments: [
        ("must-gather-4.8.tar.gz", CaptureKind.mustGather, 29, 14, 15),
        ("sbctl-support-bundle.tar.gz", .troubleshoot, 137, 117, 7),
        ("troubleshoot-support-bundle.tar.gz", .troubleshoot, 102, 74, 19),
        ("troubleshoot-missing-version.tar.gz", .troubleshoot, 1, 0, 0),
    ])
    func kindsAndCounts(name: String, kind: CaptureKind, files: Int, objects: Int, logs: Int) async throws {
        let capture = try await ForeignCapture(path: Fixtures.path(name))
        #expect(capture.kind == kind)
        #expect(capture.end == nil)
        #expect(try await capture.list().count == files)
        #expect(try await capture.paths(holding: "objects").count == objects)
        #expect(try await capture.paths(holding: "log").count == logs)
        #expect(capture.lacks.suffix(2) == ["a ledger of what was asked for and not had", "a seal"])
    }

    @Test
    func lacks() async throws {
        let broken = try await ForeignCapture(path: Fixtures.path("troubleshoot-missing-version.tar.gz"))
        #expect(
            broken.lacks.dropLast(2) == [
                "version.yaml, which says what made it", "logs of containers", "events", "nodes",
            ])
        let whole = try await ForeignCapture(path: Fixtures.path("troubleshoot-support-bundle.tar.gz"))
        #expect(whole.lacks.count == 2)
    }

    @Test
    func linksAreProblemsAndWhatTheyPointToIsThere() async throws {
        let capture = try await ForeignCapture(path: Fixtures.path("troubleshoot-support-bundle.tar.gz"))
        #expect(capture.problemCount == 19)
        #expect(capture.problems.allSatisfy { $0.reason.hasPrefix("it is a symbolic link to ") })
        let link = try #require(capture.problems.first { $0.path == "support-bundle/static-hi.log" })
        #expect(
            link.reason == "it is a symbolic link to cluster-resources/pods/logs/default/static-hi/static-hi.log, "
                + "which is not followed")
        let read = try await ReadAll(capture)
        let target = "support-bundle/cluster-resources/pods/logs/default/static-hi/static-hi.log"
        #expect(read.files[target].map { String(decoding: $0, as: UTF8.self) } == "hi static!\n\n")
        #expect(read.problems.isEmpty)
    }

    @Test
    func aLogSaysWhoseItIs() async throws {
        let capture = try await ForeignCapture(path: Fixtures.path("must-gather-4.8.tar.gz"))
        let path =
            "release-4.8/namespaces/openshift-etcd/pods/etcd-ip-10-0-187-218.ec2.internal/etcd/etcd/logs/current.log"
        let file = try #require(try await capture.list().first { $0.path == path })
        #expect(file.size == 15_580)
        #expect(
            capture.role(of: file)
                == .log(
                    LogPlace(
                        namespace: "openshift-etcd", pod: "etcd-ip-10-0-187-218.ec2.internal", container: "etcd",
                        stream: .current)))
        var content: [UInt8] = []
        #expect(try await capture.content(of: file) { content += $0 } == nil)
        #expect(content.count == 15_580)
    }

    @Test(
        arguments: ["tar", "tar.gz", "tar.xz", "tar.zst", "zip"],
        [
            "must-gather-4.8.tar.gz", "sbctl-support-bundle.tar.gz", "troubleshoot-support-bundle.tar.gz",
        ])
    func thePackingDoesNotMatter(ending: String, name: String) async throws {
        let folder = try TestFolder()
        let packed = folder.file("packed." + ending)
        let unpacked = folder.file("unpacked")
        let command = ending == "zip" ? #"python3 -m zipfile -c "$3" *"# : #"tar -caf "$3" *"#
        try #require(
            try folder.shell(
                #"mkdir "$2"; tar -xzf "$1" -C "$2"; find "$2" -type l -delete; cd "$2"; "# + command,
                Fixtures.path(name), unpacked, packed) == 0)
        let original = try await ForeignCapture(path: Fixtures.path(name))
        let expected = try await ReadAll(original).files
        #expect(!expected.isEmpty)
        for path in [packed, unpacked, (try await onlyFolder(in: unpacked))] {
            let capture = try await ForeignCapture(path: path)
            #expect(capture.kind == original.kind)
            #expect(capture.problems.isEmpty)
            let read = try await ReadAll(capture)
            let prefix = path == packed || path == unpacked ? "" : (path as NSString).lastPathComponent + "/"
            let files = Dictionary(uniqueKeysWithValues: read.files.map { (prefix + $0.key, $0.value) })
            #expect(files == expected, "\(path)")
            #expect(read.problems.isEmpty)
        }
    }

    private func onlyFolder(in folder: String) async throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return folder + "/" + (try #require(names.first))
    }

    @Test
    func cutDownloadsAreNeverWhole() async throws {
        let folder = try TestFolder()
        let path = folder.file("cut.tar.gz")
        try folder.shell(#"head -c 60000 "$1" > "$2""#, Fixtures.path("troubleshoot-support-bundle.tar.gz"), path)
        let capture = try await ForeignCapture(path: path)
        #expect(capture.kind == .troubleshoot)
        let end = try #require(capture.end)
        #expect(end.contains("truncated gzip"))
        #expect(capture.problems.last?.reason == end)
        let read = try await ReadAll(capture)
        let files = try await capture.list()
        #expect(read.files.count == files.count)
        // Only the last one is cut.
        #expect(read.problems.keys.allSatisfy { $0 == files.last?.path })
    }
}
