import BundleFormat
import Collection
import CollectorSteps
import KubernetesClient
import Testing

/// How step kind `exec` ends, in real containers of `Scripts/test-cluster`.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
struct ExecStepTests {
    private static let pod = "store-0"
    private static let container = "store"

    private static func capture(_ steps: String, of target: String = "pod/\(pod)") async throws -> LiveCapture {
        try await LiveCapture.of(
            target,
            catalog: LiveCapture.custom(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: test, title: Test}
                scope: container
                volatility: 1
                steps:
                \(steps)
                """))
    }

    private static func text(_ capture: LiveCapture, _ file: String) -> String? {
        capture.text("services/test/\(file)", pod, container, namespace: "exhibit-demo")
    }

    @Test
    func exitCodesAndOutputDecideTheEndState() async throws {
        let capture = try await Self.capture(
            #"""
              - {exec: {argv: [echo, a b, "$(id)", "*"]}, output: ok.txt}
              - {exec: {argv: ["true"]}, output: silent.txt}
              - {exec: {argv: [sh, -c, 'echo half; echo bad >&2; exit 3']}, output: partial.txt}
              - {exec: {argv: [sh, -c, 'echo whole; exit 3'], exits: [0, 3]}, output: exits.txt}
              - {exec: {argv: [sh, -c, 'exit 3'], exits: [3]}, output: silent-exits.txt}
              - {exec: {argv: [sh, -c, 'printf "\033[2Jno\nmore\n" >&2; exit 4']}, output: error.txt}
              - {exec: {argv: [sh, -c, 'echo NOAUTH >&2; exit 77'], denied: [77]}, output: denied.txt}
              - {exec: {argv: [sh, -c, 'echo some; exit 77'], denied: [77]}, output: some.txt}
              - {exec: {argv: [no-such-program, -x]}, output: missing.txt}
              - {exec: {argv: [sh, -c, exec no-such-program]}, output: inner.txt}
              - {exec: {argv: [/etc/passwd]}, output: not-a-program.txt}
              - {exec: {argv: [sh, -c, 'exit 127']}, output: liar.txt}
              - {exec: {argv: [sh, -c, 'printf "\0\377\n"']}, output: bytes.bin}
            """#)
        let lines = capture.lines("test", Self.pod, Self.container)
        let states = lines.mapValues(\.state)
        #expect(
            states == [
                "exec ok.txt": .ok, "exec silent.txt": .empty, "exec partial.txt": .partial, "exec exits.txt": .ok,
                "exec silent-exits.txt": .empty, "exec error.txt": .error, "exec denied.txt": .denied,
                "exec some.txt": .partial, "exec missing.txt": .missing, "exec inner.txt": .missing,
                "exec not-a-program.txt": .missing, "exec liar.txt": .missing, "exec bytes.bin": .ok,
            ])
        #expect(Self.text(capture, "ok.txt") == "a b $(id) *\n", "no shell is put around a command")
        #expect(Self.text(capture, "partial.txt") == "half\n")
        #expect(capture.contents.values.contains([0, 0xFF, 0x0A]))
        #expect(Self.text(capture, "silent.txt") == nil && Self.text(capture, "error.txt") == nil)
        #expect(lines["exec partial.txt"]?.reason?.message == "sh exited with 3: bad")
        #expect(lines["exec error.txt"]?.reason?.message == "sh exited with 4: \u{FFFD}[2Jno")
        #expect(lines["exec denied.txt"]?.reason?.message == "sh exited with 77: NOAUTH")
        #expect(lines["exec missing.txt"]?.reason?.code == "NoProgram")
        #expect(lines["exec missing.txt"]?.reason?.message.contains("no-such-program") == true)
        #expect(lines["exec inner.txt"]?.reason?.message.contains("no-such-program") == true)
        #expect(lines.values.allSatisfy { $0.source == .inContainer })
        #expect(capture.execs.count == 13, "each was tried once, and is in the custody log")
    }

    @Test
    func severalFilesOfOneCommand() async throws {
        let capture = try await Self.capture(
            #"""
              - exec:
                  argv: [sh, -c, 'echo one; printf "\0b.csv\n"; printf "\0c.jsonl\nthree\n\0b.csv\nback\n\0../d\nout\n"; exit 5']
                  files: [b.csv, c.jsonl]
                output: a.txt
            """#)
        let line = try #require(capture.lines("test", Self.pod, Self.container)["exec a.txt"])
        #expect(line.state == .partial)
        #expect(Self.text(capture, "a.txt") == "one\n")
        #expect(Self.text(capture, "b.csv") == nil, "nothing came for it")
        #expect(Self.text(capture, "c.jsonl") == "three\n\0b.csv\nback\n\0../d\nout\n")
        #expect(line.entries.count == 2)
    }

    @Test
    func limitsHold() async throws {
        let start = ContinuousClock.now
        let capture = try await Self.capture(
            #"""
              - {exec: {argv: [timeout, "20", yes, endless]}, output: endless.txt, limits: {bytes: 1MiB}}
              - {exec: {argv: [dd, if=/dev/zero, bs=1024, count=1024], files: [x]}, output: nulls.txt, limits: {bytes: 64KiB}}
              - {exec: {argv: [sh, -c, 'timeout 20 yes error >&2']}, output: errors.txt, limits: {timeout: 2s}}
              - {exec: {argv: [sh, -c, 'echo first; sleep 20']}, output: hang.txt, limits: {timeout: 2s}}
            """#)
        let lines = capture.lines("test", Self.pod, Self.container)
        #expect(lines["exec endless.txt"]?.state == .partial)
        #expect(lines["exec endless.txt"]?.truncated == Truncation(limit: 1 << 20))
        #expect(Self.text(capture, "endless.txt")?.utf8.count == 1 << 20)
        #expect(lines["exec nulls.txt"]?.truncated == Truncation(limit: 64 << 10))
        #expect(lines["exec errors.txt"]?.state == .timeout)
        #expect(lines["exec hang.txt"]?.state == .timeout)
        #expect(Self.text(capture, "hang.txt") == "first\n", "what came before it hung is kept")
        #expect(ContinuousClock.now - start < .seconds(20))
        let unseen = capture.custody.filter { $0.action == .execEndedUnseen }
        #expect(unseen.count == 4, "a process may outlive its connection, and custody says so")
    }

    /// Commands whose turn never came are not in the custody log: nobody ran them, and none can outlive anything. Two wait at once
    /// for a turn a second, so some do not get theirs in time.
    @Test
    func whatWasNotSentIsNotPutDown() async throws {
        var options = ClientOptions()
        options.maxRequestsPerSecond = 1
        let steps = (1...6).map {
            "  - {exec: {argv: [echo, \"\($0)\"]}, output: \($0).txt, limits: {timeout: 1200ms}}"
        }
        let capture = try await LiveCapture.of(
            "pod/\(Self.pod)",
            catalog: LiveCapture.custom(
                """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: test, title: Test}
                scope: container
                volatility: 1
                steps:
                \(steps.joined(separator: "\n"))
                """), options: options)
        let states = capture.lines("test", Self.pod, Self.container).values.map(\.state)
        let done = states.filter { $0 == .ok }.count
        #expect((1...5).contains(done) && states.filter { $0 == .timeout }.count == 6 - done, "\(states)")
        // One may have been sent, and not have ended in time.
        let unseen = capture.custody.filter { $0.action == .execEndedUnseen }.count
        #expect(capture.execs.count == done + unseen && unseen < 6 - done)
    }

    @Test
    func aProgramThatIsMissingIsNotAskedForAgain() async throws {
        let capture = try await LiveCapture.of(
            "deployment/distroless",
            catalog: CollectorCatalog(
                try LiveCapture.builtIn(["sockets"]).collectors
                    + LiveCapture.custom(
                        """
                        apiVersion: exhibit/v1
                        kind: Collector
                        metadata: {name: test, title: Test}
                        scope: container
                        volatility: 3
                        steps: [{exec: {argv: [sh, -c, id]}, output: id.txt}]
                        """
                    ).collectors.filter { $0.name == "test" }))
        let line = try #require(capture.lines.first { $0.collector == "test" })
        #expect(line.state == .missing)
        #expect(line.reason?.message.contains("as an earlier step found") == true)
        #expect(!capture.execs.contains { $0.attempt == line.attempt })
    }
}
