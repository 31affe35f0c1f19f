import Foundation
import Glibc
import Testing

/// A capture that is ended early, or whose target goes away under it, seals what there is.
@Suite(.needsBinary, .needsCluster)
struct InterruptionTests {
    private static let target = ["namespace/\(TestCluster.namespace)"]

    /// Starts a capture through a proxy and calls `body` when the bundle has been begun.
    private func withCapture(
        _ arguments: [String] = target, _ body: (Program, SlowProxy) async throws -> Void,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> CollectRun {
        try await SlowProxy.with { proxy, kubeconfig, folder in
            let path = folder + "/bundle.tar.zst"
            let outcome = try await Turns.during {
                let program = try CollectRun.start(arguments, kubeconfig: kubeconfig, path: path)
                while program.isRunning, !Files.exists(path + ".partial") { try await Task.sleep(for: .milliseconds(5)) }
                try await body(program, proxy)
                return try await program.outcome()
            }
            #expect(!outcome.hung, "\(outcome.summary)", sourceLocation: location)
            let run = try CollectRun(outcome, path: path, at: location)
            if let sealID = run.answer.sealID {
                try await Exhibit.expect(Exhibit.Code.ok, ["verify", path, "--expect", sealID], at: location)
            }
            return run
        }
    }

    /// Slow enough that the capture would take a minute.
    private static let slow = SlowProxy.Mode.slow(bytesPerSecond: 60_000)

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalSealsWhatThereIs(signal: Int32) async throws {
        let run = try await withCapture { program, proxy in
            proxy.become(Self.slow)
            try await Task.sleep(for: .seconds(1))
            program.signal(signal)
        }
        #expect(run.outcome.status == Exhibit.Code.sealedInterrupted, "\(run.outcome.summary)")
        #expect(run.answer.stopped == "interrupted")
        #expect(run.outcome.duration < .seconds(20))
        #expect(run.outcome.errors.contains("sealing what there is"))
    }

    /// The server has gone silent; that must not hold up the seal.
    @Test
    func aSignalWhileTheServerIsSilent() async throws {
        let run = try await withCapture { program, proxy in
            proxy.become(.stalled)
            try await Task.sleep(for: .milliseconds(500))
            program.signal(SIGINT)
        }
        #expect(run.outcome.status == Exhibit.Code.sealedInterrupted, "\(run.outcome.summary)")
        #expect(run.outcome.duration < .seconds(20))
    }

    @Test
    func whatWasNotReachedIsInTheLedger() async throws {
        try await SlowProxy.with { proxy, kubeconfig, folder in
            let path = folder + "/bundle.tar.zst"
            let outcome = try await Turns.during {
                let program = try CollectRun.start(Self.target, kubeconfig: kubeconfig, path: path)
                while program.isRunning, !Files.exists(path + ".partial") { try await Task.sleep(for: .milliseconds(5)) }
                proxy.become(Self.slow)
                try await Task.sleep(for: .seconds(1))
                program.signal(SIGINT)
                return try await program.outcome()
            }
            let ledger = try await CollectRun(outcome, path: path).capture().ledger()
            #expect(ledger.contains { ["skipped", "partial", "timeout", "error"].contains($0.state) })
            #expect(ledger.allSatisfy { ["ok", "empty"].contains($0.state) || $0.reason?.message.isEmpty == false })
        }
    }

    /// Either the seal was quicker, or the program says that it gave up; never both.
    @Test
    func aSecondSignalGivesUp() async throws {
        try await SlowProxy.with { proxy, kubeconfig, folder in
            let path = folder + "/bundle.tar.zst"
            let outcome = try await Turns.during {
                let program = try CollectRun.start(Self.target, kubeconfig: kubeconfig, path: path)
                while program.isRunning, !Files.exists(path + ".partial") { try await Task.sleep(for: .milliseconds(5)) }
                proxy.become(.stalled)
                try await Task.sleep(for: .milliseconds(300))
                program.signal(SIGINT)
                while program.isRunning, !program.errorsSoFar.contains("sealing what there is") {
                    try await Task.sleep(for: .milliseconds(1))
                }
                program.signal(SIGINT)
                return try await program.outcome()
            }
            #expect(!outcome.hung)
            if outcome.status == Exhibit.Code.interrupted {
                #expect(!Files.exists(path), "\(outcome.summary)")
                #expect(Files.exists(path + ".partial"), "what was written so far is kept for a recovery")
            } else {
                #expect(outcome.status == Exhibit.Code.sealedInterrupted, "\(outcome.summary)")
                #expect(Files.exists(path))
                #expect(!Files.exists(path + ".partial"))
            }
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
            #expect(!outcome.hung)
            #expect(outcome.status == Exhibit.Code.interrupted, "\(outcome.summary)")
            #expect(outcome.duration < .seconds(10))
            #expect(!Files.exists(path) && !Files.exists(path + ".partial"))
        }
    }

    // MARK: Deadline

    @Test
    func theDeadlineSealsWhatThereIs() async throws {
        let run = try await withCapture(Self.target + ["--deadline", "2s"]) { _, proxy in proxy.become(Self.slow) }
        #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
        #expect(run.answer.stopped == "deadline")
        #expect(run.outcome.duration < .seconds(20))
        #expect(run.outcome.errors.contains("deadline"))
    }

    @Test
    func theDeadlineHoldsWhenTheServerIsSilent() async throws {
        let run = try await withCapture(Self.target + ["--deadline", "2s"]) { _, proxy in proxy.become(.stalled) }
        #expect(run.outcome.status == Exhibit.Code.sealedAtDeadline, "\(run.outcome.summary)")
        #expect(run.outcome.duration < .seconds(20))
    }

    // MARK: Targets that go away

    @Test
    func anAPIServerThatGoesAwayMidway() async throws {
        let run = try await withCapture { _, proxy in
            proxy.become(Self.slow)
            try await Task.sleep(for: .milliseconds(700))
            proxy.stop()
        }
        #expect(
            [Exhibit.Code.sealedWithGaps, Exhibit.Code.sealedNothingCaptured].contains(run.outcome.status), "\(run.outcome.summary)")
        #expect(run.answer.gaps?.isEmpty == false)
    }

    @Test
    func aPodThatIsGoneMidway() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "victim", script: "echo about to go; exec sleep 1000")
            try await SlowProxy.with { proxy, kubeconfig, folder in
                let path = folder + "/bundle.tar.zst"
                let outcome = try await Turns.during {
                    let program = try CollectRun.start(["pod/victim", "-n", namespace.name], kubeconfig: kubeconfig, path: path)
                    while program.isRunning, !Files.exists(path + ".partial") { try await Task.sleep(for: .milliseconds(2)) }
                    proxy.become(.stalled)
                    try await namespace.delete(pod: "victim")
                    proxy.become(.fast)
                    return try await program.outcome()
                }
                #expect(!outcome.hung, "\(outcome.summary)")
                let run = try CollectRun(outcome, path: path)
                let codes = [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps, Exhibit.Code.sealedNothingCaptured]
                #expect(codes.contains(run.outcome.status), "\(run.outcome.summary)")
                let ledger = try await run.capture().ledger()
                #expect(!ledger.isEmpty)
                #expect(
                    ledger.contains { !["ok", "empty"].contains($0.state) && $0.reason?.message.isEmpty == false },
                    "the ledger says that the pod was gone")
            }
        }
    }
}
