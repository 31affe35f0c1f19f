import BundleFormat
import Collection
import CollectorSteps
import Foundation
import LinuxHost
import Rows
import TestSupport
import Testing

/// Step kind `changes` from a container's host, on real overlays.
@Suite(.enabled(if: OverlayFixture.isPossible, "\(OverlayFixture.condition)"))
struct NodeChangesTests {
    private static let place = ["host", "containers", "web"]
    private static let base = "data/host/containers/web/changes/"

    private static func container(_ rootMount: String?) -> HostContainer {
        var container = HostContainer(
            id: String(repeating: "a", count: 64), runtime: .containerd, controlGroup: "/kubepods/x")
        container.rootMount = rootMount.map { RawText($0) }
        return container
    }

    private static func definition() throws -> StepDefinition {
        let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors
        return try #require(all.first { $0.name == "changes" }).steps[0]
    }

    private static func run(
        _ rootMount: String?, since: Duration? = nil, timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 26
    ) async throws -> StepResult {
        let step = NodeChangesStep(try definition(), NodeOptions(since: since))
        let view = NodeView(proc: try ProcFileSystem())
        return try await StepResult.of(timeout: timeout, bytes: bytes) { context in
            try await step.run(container(rootMount), view, context, place: place)
        }
    }

    /// Of a container whose first process is not known its mounts are not either, which is said in a file of its own.
    private static func count(_ result: StepResult) -> Int {
        result.contents.keys.filter { $0 != base + "failures.jsonl" }.count
    }

    private static func text(_ result: StepResult, _ path: String) -> String? {
        result.contents[base + path].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test
    func recordsAndContents() async throws {
        let fixture = try OverlayFixture()
        try OverlayFixture.write("one", to: fixture.lower(1) + "/etc/changed")
        try OverlayFixture.write("one", to: fixture.lower(1) + "/etc/deleted")
        try OverlayFixture.write("one", to: fixture.lower(1) + "/etc/mode")
        try fixture.mount()
        try OverlayFixture.write("two", to: fixture.merged + "/etc/changed")
        try OverlayFixture.write("#!/bin/sh\nid\n", to: fixture.merged + "/tmp/run me")
        try OverlayFixture.write("", to: fixture.merged + "/tmp/empty")
        chmod(fixture.merged + "/etc/mode", 0o600)
        unlink(fixture.merged + "/etc/deleted")
        let result = try await Self.run(fixture.merged)
        #expect(result.line.state == .ok && result.line.reason == nil, "\(result.line)")
        #expect(Self.text(result, "content/etc/changed") == "two")
        #expect(Self.text(result, "content/tmp/run=20me") == "#!/bin/sh\nid\n")
        #expect(Self.count(result) == 3, "\(result.contents.keys)")
        let table = try CapturedTable.read("container_changes", text: try #require(Self.text(result, "changes.jsonl")))
        #expect(table.tally.unread == 0 && table.rows.count == 7)
        let changed = try table.row("path", .text("/etc/changed"))
        #expect(changed["change"] == .text("modified") && changed["differs"]?.words.hasPrefix(#"["content""#) == true)
        #expect(
            changed["sha256"] == .text("3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3")
                && changed["original_sha256"]
                    == .text("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
        )
        let deleted = try table.row("path", .text("/etc/deleted"))
        #expect(deleted["change"] == .text("deleted") && deleted["type"] == .null)
        #expect(deleted["original_size"] == .integer(3) && deleted["mtime"] == .null)
        #expect(try table.row("path", .text("/etc/mode"))["change"] == .text("metadata"))
    }

    @Test
    func nothing() async throws {
        let fixture = try OverlayFixture()
        try fixture.mount()
        let result = try await Self.run(fixture.merged)
        #expect(result.line.state == .empty && Self.count(result) == 0, "\(result.line)")
    }

    @Test
    func whereThereIsNoOverlay() async throws {
        let fixture = try OverlayFixture()
        let other = try await Self.run(fixture.base)
        #expect(other.line.state == .missing && other.line.reason?.code == "NoOverlay", "\(other.line)")
        #expect(other.line.reason?.message.contains("its root is tmpfs") == true)
        let none = try await Self.run(nil)
        #expect(none.line.state == .missing && none.line.reason?.code == "NoRootMount", "\(none.line)")
        let gone = try await Self.run(fixture.merged)
        #expect(gone.line.state == .missing && gone.line.reason?.code == "NotFound", "\(gone.line)")
    }

    /// A file of the container's may have the name of one that the collector's tables read.
    @Test
    func contentsCannotPassForRecords() async throws {
        let fixture = try OverlayFixture()
        try fixture.mount()
        for name in ["changes.jsonl", "failures.jsonl", "changed-files.tsv"] {
            try OverlayFixture.write("{\"path\":\"/forged\"}\n", to: fixture.merged + "/" + name)
        }
        let result = try await Self.run(fixture.merged)
        let tables = try #require(
            try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.first { $0.name == "changes" }
        ).tables
        let read = result.contents.keys.filter { path in
            tables.contains { $0.reads(file: path.split(separator: "/").last ?? "") }
        }
        #expect(Set(read) == [Self.base + "changes.jsonl", Self.base + "failures.jsonl"])
        let rows = try CapturedTable.read("container_changes", text: try #require(Self.text(result, "changes.jsonl")))
        #expect(rows.words("path").sorted() == ["/changed-files.tsv", "/changes.jsonl", "/failures.jsonl"])
        #expect(Self.text(result, "content/changes.jsonl.content") == "{\"path\":\"/forged\"}\n")
        #expect(result.line.state == .ok && Self.count(result) == 4)
    }

    /// The smallest come, and what does not come is said.
    @Test
    func contentsWithinLimits() async throws {
        let fixture = try OverlayFixture()
        try fixture.mount()
        for number in 1...9 {
            try OverlayFixture.write(String(repeating: "x", count: number * 10_000), to: fixture.merged + "/\(number)")
        }
        let result = try await Self.run(fixture.merged, bytes: 200 << 10)
        #expect(result.line.state == .partial && result.line.reason?.code == "TooLarge", "\(result.line)")
        let message = try #require(result.line.reason?.message)
        #expect(message.contains("larger than 51200 bytes, not copied: 4"), "\(message)")
        #expect(Self.text(result, "content/5")?.utf8.count == 50_000 && Self.text(result, "content/6") == nil)
        let few = try await Self.run(fixture.merged, bytes: 100 << 10)
        #expect(few.line.reason?.message.contains("of bytes and of time, not copied: 0") == false)
        #expect(few.contents.keys.contains(Self.base + "changes.jsonl") && Self.text(few, "content/1") != nil)
    }

    @Test
    func thousandsOfFiles() async throws {
        let fixture = try OverlayFixture()
        try fixture.mount()
        for number in 0..<5_000 { try OverlayFixture.write("\(number)", to: fixture.merged + "/\(number)") }
        let result = try await Self.run(fixture.merged)
        #expect(result.line.state == .partial && result.line.reason?.code == "TooMuch", "\(result.line.reason as Any)")
        #expect(Self.count(result) == 2_001 && Self.text(result, "content/7") == "7")
        #expect(result.line.reason?.message.contains("not copied: 3000") == true)
    }

    /// Nothing outside of the layers is copied: links and names that change hands lead nowhere.
    @Test
    func nothingFromOutside() async throws {
        let fixture = try OverlayFixture()
        try OverlayFixture.write("SECRET-OF-THE-HOST", to: fixture.outside + "/file")
        try fixture.mount()
        try OverlayFixture.write("one", to: fixture.merged + "/d/file")
        symlink(fixture.outside, fixture.merged + "/link")
        symlink(fixture.outside + "/file", fixture.merged + "/file")
        let merged = fixture.merged
        let swapping = Task.detached {
            while !Task.isCancelled {
                rename(merged + "/d", merged + "/x")
                rename(merged + "/link", merged + "/d")
                rename(merged + "/d", merged + "/link")
                rename(merged + "/x", merged + "/d")
                await Task.yield()
            }
        }
        for _ in 0..<20 {
            let result = try await Self.run(fixture.merged)
            for (path, bytes) in result.contents {
                #expect(!String(decoding: bytes, as: UTF8.self).contains("SECRET"), "\(path)")
            }
        }
        swapping.cancel()
        await swapping.value
    }

    /// A layer of the image that cannot be opened makes it partial, and no file is called added.
    @Test
    func aLayerIsGone() async throws {
        let fixture = try OverlayFixture()
        try OverlayFixture.write("one", to: fixture.lower(1) + "/file")
        try fixture.mount()
        try OverlayFixture.write("two", to: fixture.merged + "/file")
        rename(fixture.lower(1), fixture.base + "/away")
        let result = try await Self.run(fixture.merged)
        #expect(result.line.state == .partial && result.line.reason?.code == "LayerUnreadable", "\(result.line)")
        let table = try CapturedTable.read("container_changes", text: try #require(Self.text(result, "changes.jsonl")))
        #expect(table.words("change") == ["present"])
        let failures = try CapturedTable.read(
            "container_changes_failures", text: try #require(Self.text(result, "failures.jsonl")))
        #expect(failures.rows.first?["code"] == .text("not-found"))
    }

    /// The pod's `emptyDir`s are looked into on the host; other mounts of the container are named and left alone.
    @Test
    func volumesThatBeganEmpty() async throws {
        let fixture = try OverlayFixture()
        try fixture.mount()
        try OverlayFixture.write("secret", to: fixture.outside + "/file")
        let uid = "0e4b3c1a-52a7-4a0f-9a5c-2f4f0f7d8a11"
        let folder = "/pods/\(uid)/volumes/kubernetes.io~empty-dir/"
        try OverlayFixture.write("one", to: fixture.base + "/kubelet" + folder + "cache/file")
        try OverlayFixture.write("two", to: fixture.base + "/kubelet" + folder + "other/file")
        try OverlayFixture.write("secret", to: fixture.outside + folder + "fake/file")
        symlink(fixture.outside, fixture.base + "/kubelet" + folder + "cache/link")
        let line = { (mount: String, root: String, type: String) in
            "1 0 0:60 \(root) \(mount) rw - \(type) none rw\n"
        }
        let overlay =
            "610 606 0:66 / /merged rw - overlay overlay rw,lowerdir=/lower1,upperdir=/upper,workdir=/work\n"
        try OverlayFixture.write(
            overlay + line("/kubelet/pods/\(uid)/volumes/kubernetes.io~projected/token", "/", "tmpfs"),
            to: fixture.base + "/proc/1/mountinfo")
        // What the container says: one volume of its own, one that is not there, and folders of the host.
        try OverlayFixture.write(
            line("/", "/", "overlay") + line("/cache", "/kubelet" + folder + "cache", "ext4")
                + line("/fake", folder + "fake", "ext4") + line("/up", folder + "..", "ext4")
                + line("/data", fixture.outside, "ext4") + line("/proc", "/", "proc"),
            to: fixture.base + "/proc/77/mountinfo")
        try OverlayFixture.write(
            "77 (sh) S 1 77 77 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 500 0 0\n", to: fixture.base + "/proc/77/stat")
        var container = Self.container("/merged")
        container.pod = .init(namespace: "prod", name: "web", uid: uid, container: "app")
        container.initPID = 77
        let step = NodeChangesStep(try Self.definition(), NodeOptions(root: fixture.base))
        let view = NodeView(proc: try ProcFileSystem(root: fixture.base + "/proc"))
        let found = container
        let result = try await StepResult.of { context in
            try await step.run(found, view, context, place: Self.place)
        }
        let table = try CapturedTable.read("container_changes", text: try #require(Self.text(result, "changes.jsonl")))
        #expect(table.words("path").sorted() == ["/cache/file", "/cache/link"], "\(table.rows)")
        let file = try table.row("path", .text("/cache/file"))
        #expect(file["volume"] == .text("cache") && file["change"] == .text("added"))
        #expect(Self.text(result, "content/cache/file") == "one")
        #expect(!result.contents.values.contains { String(decoding: $0, as: UTF8.self).contains("secret") })
        let failures = try CapturedTable.read(
            "container_changes_failures", text: try #require(Self.text(result, "failures.jsonl")))
        #expect(failures.words("path").contains("/data") && failures.words("path").contains("/up"))
        #expect(!failures.words("path").contains("/proc"))
    }
}
