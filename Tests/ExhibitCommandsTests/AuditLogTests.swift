import Foundation
import Testing

/// The API server's audit log from a node: real lines of the test cluster's, in a file below the node's `/var/log`, which is this
/// machine's; and kubelets that do otherwise.
@Suite(.needsBinary)
struct AuditLogTests {
    private struct Event: Decodable {
        let kind: String
        let auditID: String
    }

    /// Lines of the test cluster's audit log, and a folder below `/var/log` of its node for as long as the body takes.
    private static func withLog(_ body: (_ node: String, _ folder: String, _ lines: [Substring]) async throws -> Void)
        async throws
    {
        _ = try TestCluster.localPort()
        let cluster = URL(fileURLWithPath: try TestCluster.kubeconfig()).deletingLastPathComponent().path
        let log = cluster + "/logs/audit.log"
        guard Files.exists(log) else { try Test.cancel("\(log) is not there: not the cluster of Scripts/test-cluster") }
        let tail = try await Tool.run("tail", ["-n", "400", log])
        let lines = tail.text.split(separator: "\n").dropLast()
        let folder = "/var/log/exhibit-test-" + UUID().uuidString.prefix(8).lowercased()
        guard mkdir(folder, 0o755) == 0 else { try Test.cancel("\(folder) cannot be made here") }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Files.write(lines.joined(separator: "\n") + "\n", to: folder + "/audit.log")
        let nodes = try await TestCluster.kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])
        try await body(nodes.text, folder, Array(lines))
    }

    private static func capture(_ settings: [String], expecting codes: Set<Int32> = [Exhibit.Code.ok]) async throws
        -> (Capture, [LedgerLine])
    {
        let capture = try await Capture.collect(
            [
                "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--without", "logs", "--touch", "none",
                "--with", "audit-log",
            ] + settings.flatMap { ["--set", "audit-log.\($0)"] }, kubeconfig: try TestCluster.kubeconfig(),
            expecting: codes)
        return (capture, try capture.ledger().filter { $0.collector == "audit-log" })
    }

    @Test(.needsCluster)
    func theLastEventsOfARealLog() async throws {
        try await Self.withLog { node, folder, lines in
            let (capture, attempts) = try await Self.capture([
                "nodes=\(node)", "path=\(folder)/audit.log", "last=64KiB",
            ])
            let attempt = try #require(attempts.first)
            #expect(attempts.count == 1 && attempt.state == "ok" && attempt.source == "api", "\(attempts)")
            let file = "data/nodes/\(node)/audit/audit.jsonl"
            let kept = try capture.text(file).split(separator: "\n")
            // The end of the file, from the first whole line on, byte for byte.
            #expect(kept.count > 20 && kept.count < lines.count && kept == Array(lines.suffix(kept.count)))
            for line in kept {
                #expect(try JSONDecoder().decode(Event.self, from: Data(line.utf8)).kind == "Event")
            }
            #expect(try capture.text("meta/ledger.jsonl").contains(#""truncated":{"tailBytes":65536}"#))
            // All of it, where there is not more than that.
            let (whole, _) = try await Self.capture(["nodes=\(node)", "path=\(folder)/audit.log"])
            #expect(try whole.text(file).split(separator: "\n") == lines)
        }
    }

    /// The kubelet follows links, to any file of the node.
    @Test(.needsCluster)
    func whatIsNoAuditLogIsNotKept() async throws {
        try await Self.withLog { node, folder, _ in
            let secret = "no-audit-\(UUID().uuidString)"
            try Files.write("first\n\(secret)\n", to: folder + "/file")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.log", withDestinationPath: folder + "/file")
            try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: false)
            let gaps: Set<Int32> = [Exhibit.Code.sealedWithGaps]
            let (capture, attempts) = try await Self.capture(
                ["nodes=\(node)", "path=\(folder)/link.log"], expecting: gaps)
            #expect(attempts.map(\.state) == ["error"] && attempts[0].reason?.code == "NotAuditLog", "\(attempts)")
            #expect(try !capture.paths().contains { $0.contains("/audit/") })
            let (_, ofFolder) = try await Self.capture(["nodes=\(node)", "path=\(folder)/sub"], expecting: gaps)
            #expect(ofFolder.map(\.state) == ["error"], "\(ofFolder)")
            let (_, ofNothing) = try await Self.capture(
                ["nodes=\(node)", "path=\(folder)/nothing.log"], expecting: Exhibit.Code.sealed)
            #expect(ofNothing.map(\.state) == ["missing"], "\(ofNothing)")
            let (_, outside) = try await Self.capture(["nodes=\(node)", "path=/etc/passwd"], expecting: gaps)
            #expect(outside.map { $0.reason?.code } == ["BadPath"], "\(outside)")
        }
    }

    @Test(.needsCluster)
    func aClusterWhoseControlPlaneIsOnNoNode() async throws {
        let (_, attempts) = try await Self.capture([], expecting: [Exhibit.Code.sealedWithGaps])
        #expect(attempts.map(\.state) == ["missing"] && attempts[0].reason?.code == "NoNodes", "\(attempts)")
    }

    /// One that is named and not there is foretold, as the run then has it; one that is there is possible.
    @Test(.needsCluster)
    func aNodeThatIsNotThereIsForeseen() async throws {
        let nodes = try await TestCluster.kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])
        let settings = ["nodes=nosuch,\(nodes.text)", "path=/var/log/no-such-audit.log"]
        let (_, attempts) = try await Self.capture(settings, expecting: [Exhibit.Code.sealedWithGaps])
        let line = try #require(attempts.first { $0.target.node == "nosuch" })
        #expect(line.state == "missing" && line.reason?.code == "NoNode", "\(attempts)")
        #expect(attempts.filter { $0.target.node == nodes.text }.map { $0.reason?.code } == ["NoAuditLog"])
        for command in [["collect", "--dry-run"], ["doctor"]] {
            let forecast = try await ForecastTests.forecast(
                command,
                [
                    "pod/pair", "-n", TestCluster.namespace, "--profile", "minimal", "--with", "audit-log", "--output",
                    "json", "--no-config", "--kubeconfig", try TestCluster.kubeconfig(),
                ] + settings.flatMap { ["--set", "audit-log.\($0)"] }, expecting: [Exhibit.Code.wouldHaveGaps])
            func verdict(_ node: String) -> ForecastTests.Forecast.Group? {
                forecast.steps.filter { $0.collector == "audit-log" }.flatMap(\.verdicts)
                    .first { group in group.targets.contains { $0.node == node } }
            }
            let said = try #require(verdict("nosuch"))
            #expect(
                said.verdict == "missing" && said.code == "NoNode" && said.reason == line.reason?.message, "\(said)")
            #expect(verdict(nodes.text)?.verdict == "possible")
        }
    }

    // MARK: Kubelets that do otherwise

    private static let event =
        #"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","verb":"get"}"# + "\n"

    private static func run(
        last: String = "1KiB", measuringMemory isMeasured: Bool = false,
        _ act: @escaping @Sendable (FakeConversation) -> Void
    ) async throws -> FaultRun {
        try await FaultRun.of(
            [
                "--touch", "none", "--without", "kubelet-metrics", "--with", "audit-log", "--set",
                "audit-log.nodes=node-a", "--set", "audit-log.last=\(last)",
            ], deadline: 20, measuringMemory: isMeasured
        ) { path in
            path == "/api/v1/nodes/node-a/proxy/logs/kubernetes/audit/audit.log" ? .conversation { act($0) } : .usual
        }
    }

    @Test
    func oneThatSendsNoPartsGivesTheBeginning() async throws {
        let text = String(repeating: Self.event, count: 40)
        let run = try await Self.run { $0.answer(200, text) }
        run.expect(try run.line("audit-log"), "partial", "NoParts")
        let kept = try run.capture.text("data/nodes/node-a/audit/audit.jsonl")
        #expect(text.hasPrefix(kept) && kept.utf8.count <= 1_024 && kept.utf8.count > 900)
    }

    @Test
    func aShortFileIsWholeWithoutParts() async throws {
        let run = try await Self.run { $0.answer(200, Self.event + Self.event) }
        run.expect(try run.line("audit-log"), "ok")
    }

    @Test
    func oneThatDoesNotSayWhichPartIsNotBelieved() async throws {
        let run = try await Self.run { $0.answer(206, Self.event) }
        run.expect(try run.line("audit-log"), "error", "BadResponse")
        #expect(!run.capture.has("data/nodes/node-a/audit/audit.jsonl"))
    }

    @Test
    func linesThatAreNoEventsAreLeftOutAndCounted() async throws {
        let run = try await Self.run {
            $0.answer(
                206, "st of a line\n" + Self.event + "{}\nroot:x:0\n" + Self.event + #"{"kind":"Ev"#,
                headers: ["Content-Range: bytes 100-400/401"])
        }
        let line = try run.line("audit-log")
        run.expect(line, "partial", "NotEvents")
        #expect(line.reason?.message.contains("2 of 4 lines") == true, "\(line)")
        #expect(try run.capture.text("data/nodes/node-a/audit/audit.jsonl") == Self.event + Self.event)
    }

    /// Lines of which a parser would make as many values as it can.
    @Test(arguments: ["[]", "1", #"{"":0}"#])
    func aHostileLineTakesLittleMemory(_ value: String) async throws {
        let beginning = String(Self.event.dropLast(2)) + #","objectRef":{"resource":"secrets"},"requestObject":["#
        let count = ((8 << 20) - beginning.utf8.count - 8) / (value.utf8.count + 1)
        let body = String(repeating: value + ",", count: count) + value
        let text = beginning + body + "]}\n" + String(repeating: "x", count: 9 << 20) + "\n"
        let run = try await Self.run(last: "32MiB", measuringMemory: true) { $0.answer(200, text) }
        let line = try run.line("audit-log")
        run.expect(line, "partial", "TooLong")
        #expect(line.reason?.message.hasPrefix("1 of 2 lines are longer than 8 MiB") == true, "\(line)")
        let kept = try run.capture.text("data/nodes/node-a/audit/audit.jsonl")
        #expect(kept.hasPrefix(beginning.dropLast()) && kept.utf8.count < 1_000)
        #expect(run.peakResidentMebibytes < 128, "\(run.peakResidentMebibytes) MiB")
    }
}
