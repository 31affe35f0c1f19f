internal import BundleFormat
internal import Collection
internal import SQLite

/// Something to look at next: a file to show, and why.
public struct NextStep: Hashable, Sendable {
    /// As `exhibit cat` takes it.
    public let path: String
    /// In it, from 1; nil for all of it.
    public let line: Int?
    /// A few words; names in them are as captured, and must be escaped before they are shown.
    public let why: String

    init(_ path: String, line: Int? = nil, _ why: String) {
        self.path = path
        self.line = line
        self.why = why
    }
}

/// Chooses what is most telling: the logs of what fails, then what rules find, then what warns, then what was refused, then what was
/// connected and running.
struct NextSteps {
    static let limit = 5
    private static let maxPods = 2

    let database: EvidenceDatabase
    let overview: Overview

    func steps() async throws -> [NextStep] {
        var steps: [NextStep] = []
        for pod in overview.pods.pods.prefix(Self.maxPods) where pod.concern != .none {
            steps.append(try await step(pod))
        }
        steps += findingSteps
        if let worst = overview.events.groups.first {
            steps.append(NextStep(worst.entry, "\(worst.count) × \(worst.reason) of \(worst.object)"))
        }
        if let step = gapStep { steps.append(step) }
        steps += try await volatileSteps()
        if overview.kind == .exhibit {
            steps.append(NextStep(BundleLayout.custody.rawValue, "what the capture itself did to the target"))
        }
        var seen: Set<String> = []
        return Array(steps.filter { !$0.path.isEmpty && seen.insert($0.path).inserted }.prefix(Self.limit))
    }

    private func step(_ pod: PodSummary) async throws -> NextStep {
        var why = "\(pod.namespace)/\(pod.name) is \(pod.status)"
        if pod.restarts > 0 { why += ", restarted \(pod.restarts) times" }
        if let failure = pod.lastFailure {
            let code = "exit code \(failure.exitCode)"
            let end = failure.reason.isEmpty ? code : "\(failure.reason), \(code)"
            // Where it was not started again, its last words are in the current log.
            let logs = try await database.rows(
                """
                SELECT entry, stream FROM logs WHERE namespace = ?1 AND pod = ?2 AND stream <> 'rotated' AND size > 0
                  AND (stream = 'current' OR ?4 > 0)
                ORDER BY container IS ?3 DESC, stream = 'previous' DESC LIMIT 1
                """,
                [
                    .text(pod.namespace), .text(pod.name), .text(failure.container), SQLValue(pod.restarts),
                ])
            if let log = logs.first, let entry = log[0].text {
                return NextStep(
                    entry,
                    log[1].text == "previous"
                        ? "\(why): last words of \(failure.container) before it ended (\(end))"
                        : "\(why): \(failure.container) ended (\(end))")
            }
        }
        if !pod.message.isEmpty { why += ": \(pod.message.prefix(160))" }
        return NextStep(pod.entry, why)
    }

    /// The first of each rule, but for what is only worth knowing.
    private var findingSteps: [NextStep] {
        var rules: Set<String> = []
        return overview.findings.findings.compactMap { finding in
            guard finding.severity < .notice, let entry = finding.evidence.entry, rules.insert(finding.id).inserted
            else { return nil }
            return NextStep(entry, line: finding.evidence.line, finding.says)
        }
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
