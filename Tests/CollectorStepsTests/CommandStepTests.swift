import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Testing

/// Step kind `command`: what goes wrong with real programs, and what the ledger says of it.
@Suite(.timeLimit(.minutes(1)))
struct CommandStepTests {
    private static let path = "data/local/own/out.txt"

    private static func run(
        _ argv: [String], exits: [Int] = [0], env: [String] = [], timeout: Duration = .seconds(20),
        bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        }
        let definition = try CollectorDefinitionDecoder(file: "own.yaml", kinds: StepRegistry.kinds).decode(
            """
            {apiVersion: exhibit/v1, kind: Collector, metadata: {name: own, title: x}, scope: local, volatility: 9, steps: [
            {command: {argv: \(try json(argv)), env: \(try json(env)), exits: \(try json(exits))}, output: out.txt}]}
            """)
        let step = definition.steps[0]
        return try await StepResult.of(timeout: timeout, bytes: bytes) { context in
            try await CommandStep(step, definition, LocalCapture.Options()).run(context)
        }
    }

    /// A shell's script as a command, as a definition may have one.
    private static func shell(
        _ script: String, exits: [Int] = [0], timeout: Duration = .seconds(20), bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        try await run(["sh", "-c", script], exits: exits, timeout: timeout, bytes: bytes)
    }

    private func text(_ result: StepResult) -> String? {
        result.contents[Self.path].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func outputIsByteForByte() async throws {
        let result = try await Self.run(["printf", #"a\nb\000\377 %s"#, "$(id) *"])
        #expect(result.line.state == .ok && result.line.reason == nil, "\(result.line)")
        #expect(result.contents[Self.path] == Array("a\nb\0".utf8) + [0xFF] + Array(" $(id) *".utf8))
    }

    @Test func theEnvironmentIsScrubbed() async throws {
        setenv("EXHIBIT_TEST_LOCAL", "passed", 1)
        setenv("EXHIBIT_TEST_KEPT", "kept", 1)
        let result = try await Self.run(["env"], env: ["EXHIBIT_TEST_LOCAL", "EXHIBIT_TEST_UNSET"])
        let names = Set((text(result) ?? "").split(separator: "\n").map { $0.prefix { $0 != "=" }.description })
        #expect(names.contains("EXHIBIT_TEST_LOCAL") && names.contains("PATH"))
        #expect(names.isSubset(of: ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "EXHIBIT_TEST_LOCAL"]), "\(names)")
        #expect(text(try await Self.shell("pwd; cat; tty")) == "/\nnot a tty\n")
    }

    @Test func endsAreStates() async throws {
        let silent = try await Self.shell("true")
        #expect(silent.line.state == .empty && silent.contents.isEmpty)
        let failed = try await Self.shell("echo 'no luck' >&2; exit 3")
        #expect(failed.line.state == .error && failed.line.reason?.code == "ExitCode")
        #expect(failed.line.reason?.message == "sh exited with 3: no luck" && failed.contents.isEmpty)
        let some = try await Self.shell("echo some; exit 3")
        #expect(some.line.state == .partial && text(some) == "some\n")
        let meant = try await Self.shell("echo some; exit 3", exits: [0, 3])
        #expect(meant.line.state == .ok && text(meant) == "some\n")
        let crashed = try await Self.shell("echo some; kill -SEGV $$")
        #expect(crashed.line.state == .partial && crashed.line.reason?.code == "Signal" && text(crashed) == "some\n")
        #expect(try await Self.shell("kill -SEGV $$").line.state == .error)
    }

    @Test func whatIsNotThere() async throws {
        let missing = try await Self.run(["no-such-program-anywhere"])
        #expect(missing.line.state == .missing && missing.line.reason?.code == "NoProgram", "\(missing.line)")
        #expect(try await Self.run(["/etc/passwd"]).line.state == .denied)
        let relative = try await Self.run(["./script"])
        #expect(relative.line.state == .error && relative.line.reason?.message.contains("relative") == true)
    }

    @Test func endlessOutputIsCutAtTheLimit() async throws {
        let result = try await Self.shell("exec yes", bytes: 100_001)
        #expect(result.line.state == .partial && result.contents[Self.path]?.count == 100_001, "\(result.line)")
        #expect(result.line.truncated != nil && result.failure == nil)
    }

    @Test(arguments: [
        "echo $$; sleep 1000", "echo $$; sleep 1000 & wait", "echo $$; exec yes >&2",
        "echo $$; exec >&- 2>&-; sleep 1000",
    ])
    func whatHangsIsEnded(script: String) async throws {
        let begin = ContinuousClock.now
        let result = try await Self.shell(script, timeout: .milliseconds(500))
        #expect(result.line.state == .timeout && ContinuousClock.now - begin < .seconds(5), "\(result.line)")
        let group = try #require(pid_t(text(result)?.dropLast() ?? ""))
        try await expectGone(group)
    }

    @Test func whoForksAndEndsIsNotWaitedFor() async throws {
        let begin = ContinuousClock.now
        let result = try await Self.shell("sleep 1000 & echo $$; exit 0")
        #expect(result.line.state == .ok && ContinuousClock.now - begin < .seconds(5), "\(result.line)")
        try await expectGone(try #require(pid_t(text(result)?.dropLast() ?? "")))
    }

    /// Those who are ended are reaped by others, which may take a moment.
    private func expectGone(_ group: pid_t) async throws {
        for _ in 0..<500 where kill(-group, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(kill(-group, 0) != 0)
    }
}
