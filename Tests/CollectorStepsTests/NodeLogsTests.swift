import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Glibc
import LinuxHost
import StructuredText
import Testing

/// Logs of a container from the files of its node, in a root that the test makes.
struct NodeLogsTests {
    private static let place = ["namespaces", "prod", "pods", "api-0", "app"]
    private static let id = String(repeating: "ab", count: 32)

    private static func container(_ runtime: HostContainer.Runtime = .containerd, inPod: Bool = true) -> HostContainer {
        var container = HostContainer(id: id, runtime: runtime, controlGroup: "/kubepods/pod/x")
        if inPod {
            container.pod = HostContainer.Pod(namespace: "prod", name: "api-0", uid: "11-22", container: "app")
        }
        return container
    }

    private static func run(
        _ container: HostContainer = container(), root: String,
        options: [String: OptionValue] = ["previous": .flag(true)],
        since: Duration? = nil, tail: Int? = nil, bytes: UInt64 = 1 << 26, place: [String] = place
    ) async throws -> StepResult {
        let step = StepDefinition(kind: NodeLogsStep.kind, options: options)
        let node = NodeView(proc: try ProcFileSystem())
        return try await StepResult.of(bytes: bytes) { context in
            try await NodeLogsStep(step, NodeOptions(since: since, tailLines: tail, root: root))
                .run(container, node, context, place: place)
        }
    }

    /// The pod's folder within a root.
    private static func folder(_ root: String) throws -> String {
        let path = root + "/var/log/pods/prod_api-0_11-22/app/"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func text(_ result: StepResult, _ name: String) -> String? {
        result.contents["data/" + (place + ["app", "logs", name]).joined(separator: "/")].map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static func line(_ second: Int, _ words: String) -> String {
        "2026-11-29T16:48:\(second < 10 ? "0" : "")\(second).5Z stdout F \(words)\n"
    }

    @Test
    func currentPreviousAndRotated() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            try Self.write(Self.line(1, "oldest"), to: folder + "1.log")
            try Self.write(Self.line(2, "before"), to: folder + "9.log")
            try Self.write(Self.line(5, "now"), to: folder + "10.log")
            try Self.write(Self.line(3, "aside"), to: folder + "10.log.20261129-164804")
            let packed: [UInt8] = [0x1F, 0x8B, 8, 0, 1, 2, 3]
            try Data(packed).write(to: URL(fileURLWithPath: folder + "10.log.20261129-164803.gz"))
            try Self.write("half", to: folder + "10.log.20261129-164803.tmp")
            try Self.write(Self.line(1, "no log"), to: folder + "notes.txt")
            let result = try await Self.run(root: root)
            #expect(result.line.state == .ok, "\(result.line)")
            #expect(Self.text(result, "current.log") == "now\n")
            #expect(Self.text(result, "previous.log") == "before\n")
            #expect(Self.text(result, "rotated/10.log.20261129-164804.log") == "aside\n")
            #expect(Self.text(result, "rotated/1.log.log") == "oldest\n")
            let gzip =
                "data/" + (Self.place + ["app", "logs", "rotated", "10.log.20261129-164803.gz"]).joined(separator: "/")
            #expect(result.contents[gzip] == packed)
            #expect(result.contents.count == 5, "\(result.contents.keys)")
        }
    }

    @Test
    func withoutPreviousOnlyTheInstanceThatRuns() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            try Self.write(Self.line(1, "before"), to: folder + "0.log")
            try Self.write(Self.line(2, "now"), to: folder + "1.log")
            let result = try await Self.run(root: root, options: ["timestamps": .flag(true)])
            #expect(result.contents.count == 1)
            #expect(Self.text(result, "current.log") == "2026-11-29T16:48:02.500000000Z now\n")
        }
    }

    @Test
    func onAHostWithoutACluster() async throws {
        try await withFolder { root in
            let folder = root + "/var/lib/containers/storage/overlay-containers/\(Self.id)/userdata"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let podman = Self.container(.podman, inPod: false)
            let none = try await Self.run(podman, root: root, place: ["host", "containers", "x"])
            #expect(none.line.state == .missing && none.line.reason?.message.contains("journal") == true)
            try Self.write("2026-11-29T16:48:43.1+00:00 stdout F of podman\n", to: folder + "/ctr.log")
            let result = try await Self.run(podman, root: root, place: ["host", "containers", "x"])
            #expect(result.line.state == .ok)
            #expect(result.contents["data/host/containers/x/logs/current.log"] == Array("of podman\n".utf8))
        }
    }

    @Test
    func linesOfDocker() async throws {
        try await withFolder { root in
            let folder = root + "/var/lib/docker/containers/\(Self.id)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.write(
                #"""
                {"log":"one \"quoted\"\n","stream":"stdout","time":"2026-11-29T16:48:43.12Z"}
                {"log":"a piece ","stream":"stderr","time":"2026-11-29T16:48:44Z"}
                {"log":"and its end\n","stream":"stderr","time":"2026-11-29T16:48:45Z"}
                not of docker
                {"log":"last\n","stream":"stdout","time":"2026-11-29T16:48:46Z"}

                """#, to: folder + "/\(Self.id)-json.log")
            try Self.write(
                #"{"log":"older\n","stream":"stdout","time":"2026-11-29T16:48:42Z"}"# + "\n",
                to: folder + "/\(Self.id)-json.log.1")
            let result = try await Self.run(
                Self.container(.docker), root: root, options: ["previous": .flag(true), "timestamps": .flag(true)])
            #expect(result.line.state == .partial && result.line.reason?.code == "NotLogLines", "\(result.line)")
            #expect(
                Self.text(result, "current.log") == """
                    2026-11-29T16:48:43.120000000Z one "quoted"
                    2026-11-29T16:48:44.000000000Z a piece and its end
                    2026-11-29T16:48:46.000000000Z last

                    """)
            #expect(Self.text(result, "rotated/\(Self.id)-json.log.1.log") == "2026-11-29T16:48:42.000000000Z older\n")
        }
    }

    @Test
    func theLastLines() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            let lines = (0..<20_000).map { Self.line($0 % 60, "line \($0)") }.joined()
            try Self.write(lines, to: folder + "1.log")
            try Self.write(Self.line(1, "before"), to: folder + "0.log")
            let result = try await Self.run(root: root, tail: 3)
            #expect(Self.text(result, "current.log") == "line 19997\nline 19998\nline 19999\n")
            #expect(Self.text(result, "previous.log") == "before\n")
            #expect(result.line.truncated?.tail == 3)
            let all = try await Self.run(root: root, tail: 1_000_000)
            #expect(Self.text(all, "current.log")?.hasPrefix("line 0\n") == true)
        }
    }

    @Test
    func sinceATime() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            let formatter = ISO8601DateFormatter()
            func line(_ age: Double, _ words: String) -> String {
                "\(formatter.string(from: Date(timeIntervalSinceNow: -age))) stdout F \(words)\n"
            }
            try Self.write(line(7_000, "old") + line(3_000, "new"), to: folder + "0.log")
            try Self.write(line(8_000, "older"), to: folder + "0.log.20261129-164804")
            var times = [
                timeval(tv_sec: time(nil) - 7_500, tv_usec: 0), timeval(tv_sec: time(nil) - 7_500, tv_usec: 0),
            ]
            utimes(folder + "0.log.20261129-164804", &times)
            let result = try await Self.run(root: root, since: .seconds(3_600))
            #expect(Self.text(result, "current.log") == "new\n")
            #expect(result.contents.count == 1)
            #expect(result.line.truncated?.members["sinceSeconds"]?.int == 3_600)
        }
    }

    /// What somebody may put there who can write below `/var/log` of the node.
    @Test
    func whatIsNoLog() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            try Self.write("the password is hunter2\n", to: root + "/secret")
            symlink(root + "/secret", folder + "5.log")
            mkfifo(folder + "4.log", 0o600)
            link(root + "/secret", folder + "3.log")
            let sparse = open(folder + "2.log", O_CREAT | O_WRONLY, 0o600)
            ftruncate(sparse, 1 << 40)
            close(sparse)
            try Self.write("no gzip", to: folder + "2.log.20261129-164804.gz")
            mkdir(folder + "1.log", 0o700)
            try Self.write(Self.line(1, "a log"), to: folder + "0.log")
            let result = try await Self.run(root: root)
            #expect(result.line.state == .partial, "\(result.line)")
            #expect(result.line.reason?.message.contains("could not be read: 3") == true, "\(result.line)")
            #expect(result.line.reason?.message.contains("were not copied: 3") == true, "\(result.line)")
            #expect(result.contents.keys.allSatisfy { $0.hasSuffix("/rotated/0.log.log") }, "\(result.contents.keys)")
        }
    }

    @Test(arguments: ["var/log/pods", "var/log/pods/prod_api-0_11-22", "var/log/pods/prod_api-0_11-22/app"])
    func aLinkInPlaceOfAFolder(_ path: String) async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            try Self.write(Self.line(1, "elsewhere"), to: folder + "0.log")
            rename(root + "/" + path, root + "/moved")
            symlink(root + "/moved", root + "/" + path)
            let result = try await Self.run(root: root)
            #expect(result.line.state == .error && result.contents.isEmpty, "\(result.line)")
        }
    }

    @Test
    func nothingThere() async throws {
        try await withFolder { root in
            let gone = try await Self.run(root: root)
            #expect(gone.line.state == .missing && gone.contents.isEmpty, "\(gone.line)")
            var odd = Self.container()
            odd.pod?.namespace = "../../../etc"
            #expect(try await Self.run(odd, root: root).line.state == .missing)
            let folder = try Self.folder(root)
            #expect(try await Self.run(root: root).line.reason?.code == "NoLogFile")
            try Self.write("", to: folder + "0.log")
            let empty = try await Self.run(root: root)
            #expect(empty.line.state == .empty && Self.text(empty, "current.log") == "", "\(empty.line)")
        }
    }

    @Test
    func theLimitOfBytes() async throws {
        try await withFolder { root in
            let folder = try Self.folder(root)
            try Self.write(String(repeating: Self.line(1, "words"), count: 10_000), to: folder + "0.log")
            let result = try await Self.run(root: root, bytes: 1_000)
            #expect(result.line.state == .partial && result.line.truncated?.limit == 1_000, "\(result.line)")
            #expect(Self.text(result, "current.log")?.utf8.count == 1_000)
        }
    }
}
