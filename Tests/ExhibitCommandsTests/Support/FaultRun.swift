import Foundation
import Testing

/// A run of `collect` against something that is broken, and what must hold of it whatever that is.
struct FaultRun {
    /// What a run may take beyond its deadline.
    static let tail = Duration.seconds(5)
    /// Every state that an attempt can end in.
    static let states: Set<String> = ["ok", "empty", "partial", "timeout", "denied", "missing", "error", "skipped"]

    let run: CollectRun
    let capture: Capture
    let lines: [LedgerLine]
    /// As GNU time measured it; 0 when it was not asked for.
    var peakResidentMebibytes = 0

    /// Ended in time and sealed, the seal is whole, and each attempt has one line in one end state, with its reason.
    init(_ run: CollectRun, deadline seconds: Int, at location: SourceLocation = #_sourceLocation) async throws {
        let took = run.outcome.duration
        #expect(took < .seconds(seconds) + Self.tail, "\(run.outcome.summary)", sourceLocation: location)
        self.run = run
        capture = try await run.capture(at: location)
        try await Exhibit.expect(Exhibit.Code.ok, ["verify", run.path, "--expect", capture.sealID], at: location)
        let lines = try capture.ledger()
        self.lines = lines
        #expect(
            lines.map(\.attempt).sorted() == Array(1...max(1, lines.count)),
            "each attempt has one line, and none is left out", sourceLocation: location)
        #expect(
            run.answer.attempts?.values.reduce(0, +) == lines.count,
            "what is said of attempts is what the ledger has", sourceLocation: location)
        #expect(lines.allSatisfy { Self.states.contains($0.state) }, sourceLocation: location)
        #expect(
            lines.allSatisfy { ["ok", "empty"].contains($0.state) || $0.reason?.message.isEmpty == false },
            sourceLocation: location)
        #expect(
            Self.isPlain(run.outcome.errors), "what it says steers no terminal: \(run.outcome.errors)",
            sourceLocation: location)
    }

    /// Of the pod of a ``FakeAPIServer``, by an answer for each path.
    static func of(
        _ arguments: [String] = [], node: String? = nil, deadline seconds: Int,
        measuringMemory isMeasured: Bool = false,
        at location: SourceLocation = #_sourceLocation,
        _ answer: @escaping @Sendable (String) -> FakeAPIServer.Answer
    ) async throws -> FaultRun {
        try await Scratch.withFolder { folder in
            let server = try FakeAPIServer(node: node, answer)
            defer { server.stop() }
            return try await of(
                ["-n", FakeAPIServer.namespace] + arguments, kubeconfig: try server.kubeconfig(in: folder),
                deadline: seconds, measuringMemory: isMeasured, at: location)
        }
    }

    static func of(
        _ arguments: [String], kubeconfig: String, deadline seconds: Int, measuringMemory isMeasured: Bool = false,
        environment: [String: String] = [:], at location: SourceLocation = #_sourceLocation
    ) async throws -> FaultRun {
        let folder = try Scratch.folder()
        let path = folder + "/bundle.tar.zst"
        let outcome = try await Exhibit.run(
            ["collect"] + arguments + [
                "--kubeconfig", kubeconfig, "--deadline", "\(seconds)s", "--out", path, "--output", "json",
            ], environment: environment,
            through: isMeasured ? ["/usr/bin/time", "--quiet", "--format", "%M", "--output", folder + "/memory"] : [],
            at: location)
        let run = try CollectRun(outcome, path: path, at: location)
        var result = try await FaultRun(run, deadline: seconds, at: location)
        if isMeasured {
            let text = try Files.text(folder + "/memory").trimmingCharacters(in: .whitespacesAndNewlines)
            result.peakResidentMebibytes = try #require(Int(text), sourceLocation: location) >> 10
        }
        return result
    }

    /// The one line of a collector for a resource, or for the container of a pod.
    func line(
        _ collector: String, resource: String? = nil, step: String? = nil, pod: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) throws -> LedgerLine {
        let found = lines.filter {
            $0.collector == collector && (resource == nil || $0.target.resource == resource)
                && (step == nil || $0.step == step) && (pod == nil || $0.target.name == pod)
        }
        #expect(found.count == 1, "\(collector) \(resource ?? step ?? ""): \(found)", sourceLocation: location)
        return try #require(found.first, sourceLocation: location)
    }

    func expect(
        _ line: LedgerLine, _ state: String, _ code: String? = nil, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(line.state == state && line.reason?.code == code, "\(line)", sourceLocation: location)
    }

    /// Whether a terminal that shows it does nothing but show it.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }

    /// The file of a container of the fake server's pod.
    func text(_ file: String) throws -> String {
        try capture.text("\(Self.container)/\(file)")
    }

    static let container =
        "data/namespaces/\(FakeAPIServer.namespace)/pods/\(FakeAPIServer.pod)/\(FakeAPIServer.container)"
    static let log = "\(FakeAPIServer.container)/logs/current.log"
}
