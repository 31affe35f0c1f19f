import Foundation
import Glibc
import Testing

/// A capture that is ended early, or whose target goes away under it, seals what there is.
@Suite(.needsBinary, .needsCluster)
struct InterruptionTests {
    private static let target = ["namespace/\(TestCluster.namespace)"]
    /// Slow enough that the capture would take a minute.
    private static let slow = SlowProxy.Mode.slow(bytesPerSecond: 60_000)

    /// Captures through a proxy; `interfere` is called when the bundle has been begun.
    private func capture(
        _ arguments: [String] = target, at location: SourceLocation = #_sourceLocation,
        _ interfere: (Program, SlowProxy) async throws -> Void
    ) async throws -> (outcome: Program.Outcome, path: String) {
        var path = try Scratch.folder() + "/bundle.tar.zst"
        var outcome = try await interfered(arguments, path, interfere)
        // A busy machine may look only when all is over: nothing was interfered with then.
        for _ in 0..<3 where outcome == nil {
            path = try Scratch.folder() + "/bundle.tar.zst"
            outcome = try await interfered(arguments, path, interfere)
        }
        let ended = try #require(outcome, "the captures were quicker than this test", sourceLocation: location)
        #expect(!ended.hung, "\(ended.summary)", sourceLocation: location)
        return (ended, path)
    }

    /// Nil when the program had ended before it could be interfered with.
    private func interfered(
        _ arguments: [String], _ path: String, _ interfere: (Program, SlowProxy) async throws -> Void
    ) async throws -> Program.Outcome? {
        try await SlowProxy.with { proxy, kubeconfig, _ in
            try await Turns.during {
                // Not too quick, so that there is something to interrupt.
                proxy.become(.slow(bytesPerSecond: 200_000))
                let program = try CollectRun.start(arguments, kubeconfig: kubeconfig, path: path)
                while program.isRunning, !Files.exists(path + ".partial") {
                    try await Task.sleep(for: .milliseconds(2))
                }
                guard program.isRunning else {
                    let outcome = try await program.outcome()
                    return Files.exists(path) ? nil : outcome
                }
                try await interfere(program, proxy)
                return try await program.outcome()
            }
        }
    }

    /// The same, where a sealed bundle must come of it, which must be sound.
    private func sealed(
        _ arguments: [String] = target, at location: SourceLocation = #_sourceLocation,
        _ interfere: (Program, SlowProxy) async throws -> Void
    ) async throws -> (run: CollectRun, capture: Capture) {
        let (outcome, path) = try await capture(arguments, at: location, interfere)
        #expect(outcome.duration < .seconds(30), "\(outcome.summary)", sourceLocation: location)
        let run = try CollectRun(outcome, path: path, at: location)
        return (run, try await FaultRun(run, deadline: 25, at: location).capture)
    }

    // MARK: Signals

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalSealsWhatThereIs(signal: Int32) async throws {
        let (run, capture) = try await sealed { program, proxy in
            proxy.become(Self.slow)
            try await Task.sleep(for: .seconds(1))
            program.signal(signal)
        }
        #expect(run.outcome.status == Exhibit.Code.sealedInterrupted, "\(run.outcome.summary)")
        #expect(run.answer.stopped == "interrupted")
        #expect(run.outcome.errors.contains("sealing what there is"))
        let ledger = try capture.ledger()
        #expect(
            ledger.contains { ["skipped", "partial", "timeout", "error"].contains($0.state) },
            "what was not reached is a line")
        #expect(ledger.allSatisfy { ["ok", "empty"].contains($0.state) || $0.reason?.message.isEmpty == false })
    }

    /// The server has gone silent; that must not hold up the seal.
    @Test
    func aSignalWhileTheServerIsSilent() async throws {
        let (run, _) = try await sealed { program, proxy in
            proxy.become(.stalled)
            try await Task.sleep(for: .milliseconds(500))
            program.signal(SIGINT)
        }
        #expect(run.outcome.status == Exhibit.Code.sealedInterrupted, "\(run.outcome.summary)")
    }

    /// Either the seal was quicker, or the program says that it gave up; never both.
    @Test
    func aSecondSignalGivesUp() async throws {
        let (outcome, path) = try await capture { program, proxy in
            proxy.become(.stalled)
            try await Task.sleep(for: .milliseconds(300))
            program.signal(SIGINT)
            while program.isRunning, !program.errorsSoFar.contains("sealing what there is") {
                try await Task.sleep(for: .milliseconds(1))
            }
            program.signal(SIGINT)
        }
        if outcome.status == Exhibit.Code.interrupted {
            #expect(!Files.exists(path), "\(outcome.summary)")
            #expect(Files.exists(path + ".partial"), "what was written so far is kept for a recovery")
        } else {
            #expect(outcome.status == Exhibit.Code.sealedInterrupted, "\(outcome.summary)")
            #expect(Files.exists(path))
            #expect(!Files.exists(path + ".partial"))
        }
    }

    @Test
    func aSignalBeforeTheCaptureSealsNothing() async throws {
        try await Scratch.withFolder { folder in
            let listener = try Listener()
            defer { listener.stop() }
            let path = folder + "/bundle.tar"
            let kubeconfig = try TestCluster.kubeconfig(server: "https://127.0.0.1:\(listener.port)", in: folder)
            let outcome = try await Turns.during {
                let program = try CollectRun.start(Self.target, kubeconfig: kubeconfig, path: path)
                try await Task.sleep(for: .seconds(1))
                program.signal(SIGINT)
                return try await program.outcome()
            }
            #expect(outcome.status == Exhibit.Code.interrupted, "\(outcome.summary)")
            #expect(outcome.duration < .seconds(10))
            #expect(!Files.exists(path) && !Files.exists(path + ".partial"))
        }
    }

    // MARK: Deadline

    @Test
    func theDeadlineSealsWhatThereIs() async throws {
        let (run, capture) = try await sealed(Self.target + ["--deadline", "2s"]) { _, proxy in proxy.become(Self.slow)
        }
        #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
        #expect(run.answer.stopped == "deadline")
        #expect(run.outcome.errors.contains("deadline"))
        #expect(try capture.ledger().contains { $0.state == "skipped" })
    }

    @Test
    func theDeadlineHoldsWhenTheServerIsSilent() async throws {
        let (run, _) = try await sealed(Self.target + ["--deadline", "2s"]) { _, proxy in proxy.become(.stalled) }
        #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
    }

    // MARK: Targets that go away

    @Test
    func anAPIServerThatGoesAwayMidway() async throws {
        let (run, _) = try await sealed { _, proxy in
            proxy.become(Self.slow)
            try await Task.sleep(for: .milliseconds(700))
            proxy.stop()
        }
        let codes = [Exhibit.Code.sealedWithGaps, Exhibit.Code.sealedNothingCaptured]
        #expect(codes.contains(run.outcome.status), "\(run.outcome.summary)")
        #expect(run.answer.gaps?.isEmpty == false)
    }

    /// It was there when it was looked for.
    @Test
    func aPodThatIsGoneMidway() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "victim", script: "echo about to go; exec sleep 1000")
            let (run, capture) = try await sealed(["pod/victim", "-n", namespace.name]) { _, proxy in
                proxy.become(.stalled)
                try await namespace.delete(pod: "victim")
                proxy.become(.fast)
            }
            let codes = [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps, Exhibit.Code.sealedNothingCaptured]
            #expect(codes.contains(run.outcome.status), "\(run.outcome.summary)")
            let ledger = try capture.ledger()
            if run.outcome.status == Exhibit.Code.ok {
                // The capture was quicker than the deletion: then the pod's words are there.
                let log = "data/namespaces/\(namespace.name)/pods/victim/main/main/logs/current.log"
                #expect(try capture.text(log).contains("about to go"))
                return
            }
            #expect(
                ledger.contains { !["ok", "empty"].contains($0.state) && $0.reason?.message.isEmpty == false },
                "\(ledger.filter { $0.collector == "pods" }): no line says that the pod was gone; exit \(run.outcome.status)"
            )
        }
    }

    /// A container that ends while it is looked at costs its own lines, not the others'.
    @Test
    func aContainerThatEndsMidway() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "steady", script: "echo still here; exec sleep 1000")
            try await namespace.run(pod: "victim", script: "echo about to go; exec sleep 1000")
            let (run, capture) = try await sealed(["-n", namespace.name]) { _, proxy in
                proxy.become(.slow(bytesPerSecond: 100_000))
                try await Task.sleep(for: .milliseconds(300))
                try await namespace.delete(pod: "victim")
                proxy.become(.fast)
            }
            let codes = [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps]
            #expect(codes.contains(run.outcome.status), "\(run.outcome.summary)")
            let log = "data/namespaces/\(namespace.name)/pods/steady/main/main/logs/current.log"
            #expect(try capture.text(log).contains("still here"))
        }
    }
}
