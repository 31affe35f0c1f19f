import BundleFormat
import Collection
import CollectorSteps
import Cryptography
import Foundation
import Testing

/// Step kind `plugin`: the suite that shows what becomes of plugins, good and bad. Each is a real program.
@Suite(.timeLimit(.minutes(1)))
struct PluginStepTests {
    /// Runs a script as a plugin that is allowed, unless `digest` says otherwise.
    private static func run(
        _ script: String, arguments: [String] = [], digest: String? = nil, timeout: Duration = .seconds(20),
        bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        try await withFolder { folder in
            let path = folder + "/plugin"
            try Data(script.utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o700)
            func json(_ value: some Encodable) throws -> String {
                String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
            }
            let definition = try CollectorDefinitionDecoder(file: "own.yaml", kinds: StepRegistry.kinds).decode(
                """
                {apiVersion: exhibit/v1, kind: Collector, metadata: {name: own, title: x}, scope: local, volatility: 9,
                steps: [{plugin: {argv: \(try json([path] + arguments))}}]}
                """)
            var options = LocalCapture.Options()
            let digest = digest ?? "\(SHA256.digest(of: Array(script.utf8)))"
            if let plugin = AllowedPlugin("\(path)@\(digest)") { options.plugins = [plugin] }
            let allowed = options
            return try await StepResult.of(timeout: timeout, bytes: bytes) { context in
                try await PluginStep(definition.steps[0], definition, allowed).run(context)
            }
        }
    }

    private static func shell(
        _ script: String, timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        try await run("#!/bin/sh\n\(script)\n", timeout: timeout, bytes: bytes)
    }

    /// A folder with two files, as a tar stream.
    private static let tar =
        "cd \"$(mktemp -d)\" && mkdir d && echo one > d/a.txt && echo two > b.json && tar -c --format=ustar d b.json"

    private func text(_ result: StepResult, _ name: String) -> String? {
        result.contents["data/local/own/\(name)"].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func filesAreFiles() async throws {
        let result = try await Self.shell(Self.tar)
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(text(result, "d/a.txt") == "one\n" && text(result, "b.json") == "two\n" && result.contents.count == 2)
        #expect(result.line.source == .local)
    }

    @Test func theExampleWorks() async throws {
        let source = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let script = try String(contentsOf: root.appendingPathComponent("docs/example-plugin.py"), encoding: .utf8)
        let result = try await Self.run(script, arguments: ["localhost"])
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(text(result, "names/localhost.json")?.contains("127.0.0.1") == true)
    }

    @Test func itIsToldItsLimits() async throws {
        let result = try await Self.shell(
            "cd \"$(mktemp -d)\" && cat > told && tar -c --format=ustar told", timeout: .seconds(7), bytes: 4_096)
        #expect(
            text(result, "told")
                == #"{"apiVersion":"exhibit/v1","kind":"PluginRequest","collector":"own","# + ""
                + #""limits":{"timeoutMilliseconds":7000,"bytes":4096}}"# + "\n")
    }

    @Test func whatWasNotAllowedDoesNotRun() async throws {
        let other = String(repeating: "0", count: 64)
        let changed = try await Self.run("#!/bin/sh\necho ran >&2; exit 1\n", digest: other)
        #expect(changed.line.state == .denied && changed.line.reason?.code == "NotAllowed", "\(changed.line)")
        let unnamed = try await Self.run("#!/bin/sh\necho ran >&2; exit 1\n", digest: "none")
        #expect(unnamed.line.state == .denied && unnamed.line.reason?.message.contains("--allow-plugin") == true)
        #expect(AllowedPlugin("a@b") == nil && AllowedPlugin("@" + other) == nil && AllowedPlugin(other) == nil)
    }

    /// A script that rewrites its own file while it runs goes on as it was.
    @Test func whatWasHashedIsWhatRuns() async throws {
        let result = try await Self.shell(
            "case $0 in /proc/*/fd/*) ;; *) exit 9 ;; esac\necho x >> \"$0\" && exit 8\n" + Self.tar)
        #expect(result.line.state == .ok, "\(result.line)")
    }

    @Test(arguments: [
        ("true", AttemptState.empty, ""), ("exit 3", .error, "ExitCode"),
        ("echo no tar at all, but text", .error, "BadOutput"),
        ("head -c 2000 /dev/urandom", .error, "BadOutput"), ("kill -SEGV $$", .error, "Signal"),
        ("\(tar) | head -c 1400", .partial, "BadOutput"), ("\(tar); exit 3", .partial, "ExitCode"),
        ("cd \"$(mktemp -d)\" && ln -s /etc/passwd x && tar -c --format=ustar x", .error, "BadOutput"),
        ("cd \"$(mktemp -d)\" && mkfifo x && tar -c --format=ustar x", .error, "BadOutput"),
        ("tar -c --format=ustar -P /etc/hostname", .error, "BadOutput"),
        (
            "cd \"$(mktemp -d)\" && echo x > y && tar -c --format=ustar -P --transform 's,y,../../y,' y", .error,
            "BadOutput"
        ),
        ("\(tar) | sed 's/ustar/rusta/'", .error, "BadOutput"),
    ])
    func badOutputIsSaid(script: String, state: AttemptState, code: String) async throws {
        let result = try await Self.shell(script)
        #expect(result.line.state == state && (result.line.reason?.code.rawValue ?? "") == code, "\(result.line)")
        #expect(result.failure == nil)
    }

    @Test func namesThatAreNotUTF8() async throws {
        let result = try await Self.shell(
            "cd \"$(mktemp -d)\" && echo x > \"$(printf 'a\\377 ü\\n.b')\" && tar -c --format=ustar .")
        #expect(result.line.state == .ok && result.contents.count == 1, "\(result.line)")
        #expect(result.contents.keys.first?.hasPrefix("data/local/own/a=5CxFF=20") == true, "\(result.contents.keys)")
    }

    @Test func endlessOutputIsCutAtTheLimit() async throws {
        let zeros = try await Self.shell(
            "cd \"$(mktemp -d)\" && truncate -s 1G big && exec tar -c --format=ustar big", bytes: 100_001)
        #expect(zeros.line.state == .partial && zeros.contents["data/local/own/big"]?.count == 100_001, "\(zeros.line)")
        // Folders and what comes after the end are nothing to keep, and the time ends them.
        let after = try await Self.shell("\(Self.tar); exec cat /dev/zero", timeout: .milliseconds(700))
        #expect(after.line.state == .timeout && text(after, "d/a.txt") == "one\n", "\(after.line)")
    }

    @Test(arguments: ["sleep 1000", "sleep 1000 & wait", "\(tar) | head -c 1400; sleep 1000"])
    func whatHangsIsEnded(script: String) async throws {
        let begin = ContinuousClock.now
        let result = try await Self.shell(script, timeout: .milliseconds(500))
        #expect(result.line.state == .timeout && ContinuousClock.now - begin < .seconds(5), "\(result.line)")
    }

    @Test func whoForksAndEndsIsNotWaitedFor() async throws {
        let begin = ContinuousClock.now
        let result = try await Self.shell("sleep 1000 & \(Self.tar)")
        #expect(result.line.state == .ok && ContinuousClock.now - begin < .seconds(5), "\(result.line)")
    }
}
