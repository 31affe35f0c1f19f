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

    private static func run(
        _ rootMount: String?, since: Duration? = nil, timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 26
    ) async throws -> StepResult {
        let definition = try #require(
            try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.first { $0.name == "changes" })
        let step = NodeChangesStep(definition.steps[0], NodeOptions(since: since))
        let view = NodeView(proc: try ProcFileSystem())
        return try await StepResult.of(timeout: timeout, bytes: bytes) { context in
            try await step.run(container(rootMount), view, context, place: place)
        }
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
        #expect(result.contents.count == 3, "\(result.contents.keys)")
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
        #expect(result.line.state == .empty && result.contents.isEmpty, "\(result.line)")
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
        for name in ["changes.jsonl", "failures.jsonl", "changed-files.tsv", "volumes.jsonl"] {
            try OverlayFixture.write("{\"path\":\"/forged\"}\n", to: fixture.merged + "/" + name)
        }
        let result = try await Self.run(fixture.merged)
        let tables = try #require(
            try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.first { $0.name == "changes" }
        ).tables
        let read = result.contents.keys.filter { path in
            tables.contains { $0.reads(file: path.split(separator: "/").last ?? "") }
        }
        #expect(read == [Self.base + "changes.jsonl"])
        #expect(Self.text(result, "content/changes.jsonl.content") == "{\"path\":\"/forged\"}\n")
        #expect(result.line.state == .ok && result.contents.count == 5)
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
        #expect(result.contents.count == 2_001 && Self.text(result, "content/7") == "7")
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
        #expect(failures.words("code") == ["not-found"])
    }
}
