import Foundation
import Testing

/// `findings` on the bundle of the test cluster, whose workloads are broken in known ways.
@Suite(.needsBinary, .needsCluster)
struct FindingsCommandTests {
    private struct Answer: Decodable {
        let id: String
        let severity: String
        let says: String
        let name: String?
        let entry: String?
    }

    private func findings(_ arguments: [String] = []) async throws -> [Answer] {
        let capture = try await Capture.demo.value
        let text = try await Exhibit.expect(0, ["findings", capture.path, "--output", "json"] + arguments).text
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    @Test
    func eachBrokenWorkloadIsNamedWithItsTrueCause() async throws {
        let all = try await findings()
        for (pod, rule, words) in [
            ("crashloop", "container-crash-loop", "exit code 42"), ("imagepull", "image-not-pulled", "no-such-image"),
            ("initfail", "container-crash-loop", "init"), ("oomkilled", "container-out-of-memory", "memory"),
            ("oomkilled-once", "container-out-of-memory", "memory"), ("pending", "pod-unschedulable", "no node"),
            ("privileged-hostpid", "container-privileged", "privileged"),
        ] {
            let found = all.filter { $0.name == pod && $0.id == rule }
            #expect(found.count == 1, "\(pod): \(all.filter { $0.name == pod }.map(\.id))")
            #expect(found.first?.says.contains(words) == true, "\(found.first?.says ?? "")")
            #expect(found.first?.entry?.hasSuffix("/\(pod).yaml") == true)
        }
    }

    @Test
    func healthyWorkloadsRaiseNothing() async throws {
        let all = try await findings(["--severity", "warning"])
        for pod in ["logs", "pair", "store-0"] {
            // A machine that is busy makes probes fail: that is true, and told.
            let found = all.filter { $0.name == pod && $0.id != "probe-failed" }
            #expect(found.isEmpty, "\(pod): \(found.map(\.says))")
        }
        for name in ["distroless", "shell", "agent"] {
            let found = all.filter { $0.name?.hasPrefix(name + "-") == true && $0.id != "probe-failed" }
            #expect(found.isEmpty, "\(name): \(found.map(\.says))")
        }
    }

    @Test
    func peopleSeeTheWorstFirstWithAdvice() async throws {
        let capture = try await Capture.demo.value
        let text = try await Exhibit.expect(0, ["findings", capture.path]).text
        let first = try #require(text.split(separator: "\n").first)
        #expect(first.hasPrefix("critical  "))
        #expect(text.contains("→ "))
        #expect(text.contains("container-crash-loop"))
        let rules = try await Exhibit.expect(0, ["findings", "--rules"]).text
        #expect(rules.contains("pod-unschedulable"))
        try await Exhibit.expect(64, ["findings"])
    }
}
