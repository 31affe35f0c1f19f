import Foundation
import Testing

/// Accounts that may do little: what they may is captured, and every refusal is a line of the ledger.
@Suite(.needsBinary, .needsCluster)
struct PermissionTests {
    @Test
    func anAccountThatMayDoNothing() async throws {
        let path = try TestCluster.kubeconfig(of: .nothing)
        let run = try await CollectRun.run(["namespace/\(TestCluster.namespace)"], kubeconfig: path)
        let codes = [Exhibit.Code.sealedNothingCaptured, Exhibit.Code.sealedWithGaps, Exhibit.Code.denied]
        #expect(codes.contains(run.outcome.status), "\(run.outcome.summary)")
        if run.answer.sealID == nil {
            run.outcome.expectMessage("forbidden")
            return
        }
        let capture = try await run.capture()
        let ledger = try capture.ledger()
        #expect(!ledger.isEmpty)
        // What the server serves, and what he may do, everybody with an account may ask.
        let ofTheTarget = ledger.filter { !["api", "openapi"].contains($0.collector) }
        #expect(!ofTheTarget.isEmpty)
        #expect(ofTheTarget.allSatisfy { $0.state == "denied" && $0.reason?.message.contains("cannot") == true })
        // How its kinds are printed only those learn who may list them.
        #expect(ledger.contains { $0.collector == "api" && $0.state == "denied" })
        let kept = try capture.paths().filter { $0.hasPrefix("data/") && !$0.hasPrefix("data/cluster/api/") }
        #expect(kept == ["data/run/cost.json", "data/version"])
        #expect(capture.has("data/cluster/api/access/rules/\(TestCluster.namespace).json"))
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", capture.path, "--expect", capture.sealID])
    }

    @Test
    func aPodThatMayNotBeRead() async throws {
        let path = try TestCluster.kubeconfig(of: .nothing)
        let run = try await CollectRun.run(["pod/pair", "-n", TestCluster.namespace], kubeconfig: path)
        #expect(run.outcome.status == Exhibit.Code.denied, "\(run.outcome.summary)")
        run.outcome.expectMessage("pair", "cannot")
    }

    @Test
    func anAccountThatMayOnlyReadPods() async throws {
        let path = try TestCluster.kubeconfig(of: .restricted)
        let run = try await FaultRun.of(["namespace/\(TestCluster.namespace)"], kubeconfig: path, deadline: 60)
        #expect(run.run.outcome.status == Exhibit.Code.sealedWithGaps, "\(run.run.outcome.summary)")
        let capture = run.capture
        let pods = Set(try await TestCluster.names(of: "pods"))
        #expect(try capture.pods() == pods)
        let base = "data/namespaces/\(TestCluster.namespace)"
        #expect(capture.has("\(base)/core/pods.yaml"))
        #expect(!capture.has("\(base)/core/secrets.yaml"))
        // Neither logs nor exec.
        for collector in ["logs", "sockets", "processes", "changes"] {
            let lines = try capture.ledger(collector, pod: "pair")
            #expect(!lines.isEmpty, "\(collector)")
            for line in lines {
                #expect(line.state == "denied", "\(collector)")
                #expect(line.reason?.message.contains("cannot") == true, "\(collector)")
            }
        }
    }

    @Test
    func oneOfTwoNamespacesIsForbidden() async throws {
        let path = try TestCluster.kubeconfig(of: .restricted)
        let capture = try await Capture.collect(
            ["namespace/\(TestCluster.namespace)", "namespace/kube-system", "--touch", "none"], kubeconfig: path,
            expecting: [Exhibit.Code.sealedWithGaps])
        let denied = try capture.ledger().filter { $0.collector == "pods" && $0.state == "denied" }
        #expect(denied.contains { $0.target.namespace == "kube-system" })
        #expect(try !capture.pods().isEmpty)
    }
}
