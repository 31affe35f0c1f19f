internal import BundleFormat
internal import Collection
internal import SQLite

/// Something to look at next, and why.
public struct NextStep: Hashable, Sendable {
    /// How it is looked at.
    public enum Look: Hashable, Sendable {
        /// A file of the capture, as `exhibit cat` takes it.
        case file(String)
        /// What a container wrote; `previous` of the one that ran before.
        case log(namespace: String, pod: String, container: String?, isPrevious: Bool)
        /// An object that stands in a file among others.
        case object(kind: String, namespace: String?, name: String)
    }

    public let look: Look
    /// The file.
    public let path: String
    /// In it, from 1; nil for all of it.
    public let line: Int?
    /// A few words; names in them are as captured, and must be escaped before they are shown.
    public let why: String

    init(_ path: String, line: Int? = nil, look: Look? = nil, _ why: String) {
        self.path = path
        self.line = line
        self.look = look ?? .file(path)
        self.why = why
    }
}

/// Chooses what is most telling: what rules find, the most severe first, by the log where something fails; then other pods that fail,
/// what warns, what was refused, what was connected and running. Of one object one step.
struct NextSteps {
    static let limit = 5
    /// Pods that no rule says anything of.
    private static let maxPods = 2

    let database: EvidenceDatabase
    let overview: Overview

    func steps() async throws -> [NextStep] {
        let failing = overview.pods.pods.filter { $0.concern == .failing }
        var steps: [NextStep] = []
        var objects: Set<String> = []
        var rules: Set<String> = []
        for finding in overview.findings.findings where finding.severity < .notice && steps.count < Self.limit {
            guard rules.insert(finding.id).inserted else { continue }
            let name =
                "\(finding.object.kind ?? "") \(finding.object.namespace ?? "")/\(finding.object.name ?? finding.id)"
            guard objects.insert(name).inserted else { continue }
            if let step = try await step(finding, failing) { steps.append(step) }
        }
        var others = 0
        for pod in failing where others < Self.maxPods && steps.count < Self.limit {
            guard objects.insert("Pod \(pod.namespace)/\(pod.name)").inserted else { continue }
            others += 1
            steps.append(try await step(pod))
        }
        if let worst = overview.events.groups.first {
            steps.append(NextStep(worst.entry, "\(worst.count) × \(worst.reason) of \(worst.object)"))
        }
        if let step = gapStep { steps.append(step) }
        steps += try await volatileSteps()
        if overview.kind == .exhibit {
            steps.append(NextStep(BundleLayout.custody.rawValue, "what the capture itself did to the target"))
        }
        var seen: Set<NextStep.Look> = []
        return Array(steps.filter { !$0.path.isEmpty && seen.insert($0.look).inserted }.prefix(Self.limit))
    }

    private func step(_ finding: Finding, _ failing: [PodSummary]) async throws -> NextStep? {
        guard let entry = finding.evidence.entry else { return nil }
        let object = finding.object
        if object.kind == "Pod", let namespace = object.namespace, let name = object.name {
            let pod = failing.first { $0.namespace == namespace && $0.name == name }
            if let pod, let step = try await log(of: pod, finding.says) { return step }
        }
        var look: NextStep.Look?
        if let kind = object.kind, let name = object.name,
            let count = try await database.rows(
                "SELECT count(*) FROM (SELECT 1 FROM objects WHERE entry = ?1 LIMIT 2)", [.text(entry)]
            ).first?.int(0), count > 1
        {
            look = .object(kind: kind, namespace: object.namespace, name: name)
        }
        return NextStep(entry, line: finding.evidence.line, look: look, finding.says)
    }

    private func step(_ pod: PodSummary) async throws -> NextStep {
        var why = "\(pod.namespace)/\(pod.name) is \(pod.status)"
        if pod.restarts > 0 { why += ", restarted \(pod.restarts) times" }
        if let step = try await log(of: pod, why) { return step }
        if !pod.message.isEmpty { why += ": \(pod.message.prefix(160))" }
        return NextStep(pod.entry, look: .object(kind: "Pod", namespace: pod.namespace, name: pod.name), why)
    }

    /// What a container of it wrote before it ended.
    private func log(of pod: PodSummary, _ why: String) async throws -> NextStep? {
        guard let failure = pod.lastFailure else { return nil }
        // Where it was not started again, its last words are in the current log.
        let logs = try await database.rows(
            """
            SELECT entry, stream, container FROM logs WHERE namespace = ?1 AND pod = ?2 AND stream <> 'rotated' AND size > 0
              AND (stream = 'current' OR ?4 > 0)
            ORDER BY container IS ?3 DESC, stream = 'previous' DESC LIMIT 1
            """,
            [.text(pod.namespace), .text(pod.name), .text(failure.container), SQLValue(pod.restarts)])
        guard let log = logs.first, let entry = log[0].text else { return nil }
        return NextStep(
            entry,
            look: .log(
                namespace: pod.namespace, pod: pod.name, container: log[2].text, isPrevious: log[1].text == "previous"),
            why)
    }

    private var gapStep: NextStep? {
        let gaps = overview.ledger.gaps.filter { [.denied, .error, .timeout, .partial].contains($0.state) }
        guard let worst = gaps.first else { return nil }
        let count = gaps.reduce(0) { $0 + $1.count }
        let first = "\(worst.collector): \(worst.state.rawValue) \(worst.code)"
        return NextStep(
            BundleLayout.ledger.rawValue, "\(count) attempts did not get what they were for, first \(first)")
    }

    private func volatileSteps() async throws -> [NextStep] {
        guard overview.kind == .exhibit else { return [] }
        let rows = try await database.rows(
            """
            SELECT path, CASE WHEN path LIKE '%/sockets%' THEN 0 WHEN path LIKE '%/processes%' THEN 1 ELSE 2 END AS rank FROM entries
            WHERE size > 0 AND path LIKE 'data/%' AND (path LIKE '%/sockets%' OR path LIKE '%/processes%' OR path LIKE '%/changes%')
            ORDER BY rank, rowid LIMIT \(Self.limit)
            """)
        return rows.compactMap { row in row[0].text.map { NextStep($0, Self.words($0, row.int(1))) } }
    }

    private static func words(_ path: String, _ rank: Int) -> String {
        let parts = path.split(separator: "/")
        let isInPod = parts.count > 6 && parts[1] == "namespaces" && parts[3] == "pods"
        let place = isInPod ? " in \(parts[2])/\(parts[4]), container \(parts[5])" : ""
        switch rank {
        case 0: return "what was connected and listening\(place)"
        case 1: return "what was running\(place)"
        default: return "which files had changed\(place)"
        }
    }
}
