import Foundation
import Glibc
import TestSupport
import Testing

/// `--deadline` counts from the start of the command, and five seconds after it the program has ended, sealed, whoever hangs.
@Suite(.needsBinary)
struct DeadlineTests {
    private static let namespace = ["-n", FakeAPIServer.namespace]
    private func run(
        _ arguments: [String], deadline seconds: Int, kubeconfig: String? = nil, environment: [String: String] = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> CollectRun {
        let run = try await CollectRun.run(
            arguments + ["--deadline", "\(seconds)s"], kubeconfig: kubeconfig, environment: environment, at: location)
        #expect(run.outcome.duration < .seconds(seconds + 5), "\(run.outcome.summary)", sourceLocation: location)
        return run
    }

    /// What must hold of a bundle that was sealed at its deadline.
    @discardableResult
    private func expectWhole(
        _ run: CollectRun, at location: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        try await FaultRun(run, deadline: 10, at: location).capture
    }

    /// It takes every request but those that a capture begins with, and never answers.
    private static func hangs(_ path: String) -> FakeAPIServer.Answer {
        let begin = [
            "/version", "/api", "/apis", "/api/v1", "/api/v1/namespaces/fake", "/api/v1/namespaces/kube-system",
        ]
        return begin.contains(path) || path == "/api/v1/namespaces/fake/pods" ? .usual : .silence
    }

    // MARK: Connecting

    @Test func aServerThatNeverAnswers() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer { _ in .silence }
            defer { server.stop() }
            let run = try await run(Self.namespace, deadline: 3, kubeconfig: try server.kubeconfig(in: folder))
            #expect(run.outcome.status == Exhibit.Code.serverTimeout, "\(run.outcome.summary)")
            #expect(run.outcome.duration > .seconds(2), "it was given its time")
        }
    }

    /// It finds out late that the cluster is there: that time is gone.
    @Test func connectingCounts() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer { path in path == "/version" ? .after(.seconds(4)) : Self.hangs(path) }
            defer { server.stop() }
            let run = try await run(Self.namespace, deadline: 5, kubeconfig: try server.kubeconfig(in: folder))
            #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
            // One second of capture and two of grace: not five and two.
            #expect(run.outcome.duration < .seconds(9), "\(run.outcome.summary)")
            try await expectWhole(run)
        }
    }

    /// What only describes the cluster ends nothing.
    @Test func aServerThatHangsWhereNothingDependsOnIt() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer { $0 == "/api/v1/namespaces/kube-system" ? .silence : .usual }
            defer { server.stop() }
            let run = try await run(
                Self.namespace + ["--touch", "none"], deadline: 6, kubeconfig: try server.kubeconfig(in: folder))
            #expect(
                [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps].contains(run.outcome.status), "\(run.outcome.summary)")
            try await expectWhole(run)
        }
    }

    /// Packets are dropped on the way: no connection comes about, and that is not waited for either.
    @Test func aServerBehindANetworkThatDropsPackets() async throws {
        try await Scratch.withFolder { folder in
            let hole = try BlackHole()
            let server = try FakeAPIServer()
            server.stop()
            let path = try server.kubeconfig(in: folder)
            let text = try Files.text(path).replacing(#/127\.0\.0\.1:\d+/#, with: "127.0.0.1:\(hole.port)")
            try Files.write(text, to: path)
            let run = try await CollectRun.run(Self.namespace + ["--deadline", "1s"], kubeconfig: path)
            #expect(run.outcome.status == Exhibit.Code.serverTimeout, "\(run.outcome.summary)")
            #expect(run.outcome.duration < .seconds(3), "\(run.outcome.summary)")
        }
    }

    /// The host does not pay for a cluster that is not there.
    @Test func theHostIsCapturedBesideAServerThatNeverAnswers() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer { _ in .silence }
            defer { server.stop() }
            let run = try await run(
                ["host", "cluster", "--since", "1m"], deadline: 5, kubeconfig: try server.kubeconfig(in: folder))
            #expect(Exhibit.Code.sealed.contains(run.outcome.status), "\(run.outcome.summary)")
            let ledger = try await expectWhole(run).ledger()
            #expect(ledger.contains { $0.target.kind == "Cluster" && $0.state == "timeout" })
            #expect(ledger.contains { $0.collector.hasPrefix("host-") && $0.state == "ok" })
        }
    }

    // MARK: Capturing and sealing

    @Test func aServerThatHangsMidway() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer(Self.hangs)
            defer { server.stop() }
            let run = try await run(Self.namespace, deadline: 3, kubeconfig: try server.kubeconfig(in: folder))
            #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
            #expect(run.answer.stopped == "deadline")
            let capture = try await expectWhole(run)
            let ledger = try capture.ledger()
            #expect(ledger.contains { $0.state == "timeout" && $0.reason?.code == "Deadline" })
            #expect(ledger.contains { $0.state == "ok" }, "the pod was had")
            #expect(try capture.pods(in: FakeAPIServer.namespace) == [FakeAPIServer.pod])
        }
    }

    /// Time stamp authorities that take the request and never answer, and one behind a network that drops packets.
    @Test func authoritiesThatNeverAnswer() async throws {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer(Self.hangs)
            let silent = try Listener()
            let hole = try BlackHole()
            defer {
                server.stop()
                silent.stop()
            }
            let run = try await run(
                Self.namespace + [
                    "--tsa", "http://127.0.0.1:\(silent.port)/", "--tsa", "http://127.0.0.1:\(hole.port)/",
                ], deadline: 3, kubeconfig: try server.kubeconfig(in: folder))
            #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
            let capture = try await expectWhole(run)
            #expect(!capture.has("sig/seal.1.tsr") && capture.has("sig/seal.1.ssh.sig"))
            #expect(String(decoding: run.outcome.output, as: UTF8.self).contains("did not answer within"))
        }
    }

    /// Where the deadline is far away, an authority has its usual ten seconds, and costs the token only.
    @Test func withTimeLeftAnAuthorityHasItsTime() async throws {
        let silent = try Listener()
        defer { silent.stop() }
        let run = try await CollectRun.run(
            Capture.ofThisHost + ["--deadline", "10m", "--tsa", "http://127.0.0.1:\(silent.port)/"],
            within: .seconds(120))
        #expect(run.outcome.duration > .seconds(10), "\(run.outcome.summary)")
        #expect(String(decoding: run.outcome.output, as: UTF8.self).contains("did not answer within 10 s"))
        #expect(
            [Exhibit.Code.sealedWithoutTimestamp, Exhibit.Code.sealedNothingCaptured].contains(run.outcome.status),
            "\(run.outcome.summary)")
    }

    /// The agent certifies the run's key, and hangs when the seal is to be signed: the run's key signs alone.
    @Test(.needsTool("ssh-agent"), .needsTool("ssh-add"))
    func anAgentThatHangsAtTheSeal() async throws {
        try await Agent.with { agent, folder in
            let server = try FakeAPIServer(Self.hangs)
            let silent = try Listener()
            defer {
                server.stop()
                silent.stop()
            }
            let path = folder + "/b.tar.zst"
            let outcome = try await Turns.during {
                let program = try Exhibit.start(
                    [
                        "collect", "--agent", "only", "--deadline", "3s", "--out", path, "--output", "json",
                        "--kubeconfig", try server.kubeconfig(in: folder), "--tsa", "http://127.0.0.1:\(silent.port)/",
                    ] + Self.namespace, environment: agent.environment)
                while !Files.exists(path + ".partial"), program.isRunning {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await Task.sleep(for: .milliseconds(500))
                agent.signal(SIGSTOP)
                return try await program.outcome()
            }
            #expect(outcome.duration < .seconds(8), "\(outcome.summary)")
            #expect(outcome.status == Exhibit.Code.sealedAtDeadline, "\(outcome.summary)")
            let run = try CollectRun(outcome, path: path)
            #expect(run.answer.signedByOperator == false, "\(outcome.summary)")
            try await expectWhole(run)
        }
    }

    /// It hangs before there is a bundle: nothing is sealed, and the exit code says why.
    @Test(.needsTool("ssh-agent"), .needsTool("ssh-add"))
    func anAgentThatHangsAtTheBeginning() async throws {
        try await Agent.with { agent, _ in
            agent.signal(SIGSTOP)
            let run = try await run(
                ["host", "--since", "1m", "--agent", "only"], deadline: 3, environment: agent.environment)
            #expect(run.outcome.status == Exhibit.Code.badKey, "\(run.outcome.summary)")
            run.outcome.expectMessage("ssh-agent", "does not answer")
        }
    }
}

/// An ssh-agent with a key, until the end of a test.
private struct Agent {
    let environment: [String: String]
    private let program: Program

    func signal(_ number: Int32) { program.signal(number) }

    static func with(_ body: (Agent, _ folder: String) async throws -> Void) async throws {
        try await Scratch.withFolder { folder in
            let socket = folder + "/agent"
            // In the foreground: a daemon keeps what tells Foundation that a process has ended.
            let program = try Program("ssh-agent", ["-D", "-a", socket], environment: ["PATH": Tool.path])
            defer { program.signal(SIGKILL) }
            while !Files.exists(socket), program.isRunning { try await Task.sleep(for: .milliseconds(10)) }
            let agent = Agent(environment: ["SSH_AUTH_SOCK": socket], program: program)
            try await Tool.run(
                "ssh-add", ["-q", try await SigningKey.alice.value.path], environment: agent.environment)
            try await body(agent, folder)
        }
    }
}
