internal import BundleFormat
internal import Inspection
internal import StructuredText

/// An ``Overview`` for programs: everything that the text shows, not shortened.
struct OverviewJSON {
    /// As the caller named it.
    let bundle: String

    func value(_ overview: Overview, _ verification: JSONValue) -> JSONValue {
        [
            "bundle": .string(bundle), "kind": .string(overview.kind.rawValue),
            "opening": overview.opening.map(opening) ?? .null, "verification": verification,
            "lacks": .array(overview.lacks.map { .string($0) }),
            "payload": ["entries": JSONValue(overview.payload.entries), "bytes": JSONValue(overview.payload.bytes)],
            "attempts": states(overview.ledger.states),
            "collectors": .array(overview.ledger.collectors.map(collector)),
            "gaps": .array(overview.ledger.gaps.map(gap)), "gapsLeft": JSONValue(overview.ledger.ungrouped),
            "findings": .array(
                overview.findings.findings.map { FindingsCommand.json($0) }
                    + overview.dismissed.map { FindingsCommand.json($0.finding, $0.dismissal) }),
            "rulesAsked": JSONValue(overview.findings.asked),
            "rulesFailed": .array(overview.findings.failed.keys.sorted().map { .string($0) }),
            "pods": .array(overview.pods.pods.map(pod)), "podsFound": JSONValue(overview.pods.found),
            "podsLeft": JSONValue(overview.pods.found - overview.pods.pods.count),
            "warnings": .array(overview.events.groups.map(warning)),
            "warningsLeft": JSONValue(overview.events.groupsFound - overview.events.groups.count),
            "eventsRead": JSONValue(overview.events.found),
            "problems": .array(
                overview.problems.map { ["subject": .string($0.subject), "reason": .string($0.reason)] }),
            "problemsLeft": JSONValue(overview.problemsLeft),
            "next": .array(
                overview.next.map { step in
                    [
                        "path": .string(step.path), "line": step.line.map { JSONValue($0) } ?? .null,
                        "why": .string(step.why),
                        "command": .array(OverviewText.command(step, bundle).map { .string($0) }),
                    ]
                }),
        ]
    }

    private func opening(_ record: OpeningRecord) -> JSONValue {
        [
            "bundle": .string(record.bundle.rawValue), "folder": .string(record.folder.rawValue),
            "started": .string(Timestamp.text(record.started.wall)), "case": text(record.caseRecord.id),
            "evidence": text(record.caseRecord.evidence), "operator": text(record.caseRecord.operator),
            "purpose": text(record.caseRecord.purpose), "authorisation": text(record.caseRecord.authorisation),
            "tool": [
                "name": .string(record.tool.name), "version": .string(record.tool.version),
                "sha256": text(record.tool.sha256),
            ],
            "targets": .array(record.targets.map { .string($0) }), "profile": .string(record.profile),
            "touch": .string(record.touch.rawValue), "secrets": .string(record.secrets.rawValue),
            "cluster": record.cluster.map { cluster in
                [
                    "server": text(cluster.server), "context": text(cluster.context), "user": text(cluster.user),
                    "version": text(cluster.version), "uid": text(cluster.uid),
                    "clockOffsetMilliseconds": cluster.clockOffsetMilliseconds.map { JSONValue($0) } ?? .null,
                    "clockOffsetErrorMilliseconds": cluster.clockOffsetErrorMilliseconds.map { JSONValue($0) } ?? .null,
                ]
            } ?? .null,
            "host": [
                "hostname": text(record.host.hostname), "machine": text(record.host.machine),
                "boot": text(record.host.boot),
                "kernel": text(record.host.kernel),
            ],
            "clockSynchronized": record.clock.map { .bool($0.synchronized) } ?? .null,
        ]
    }

    private func collector(_ total: LedgerSummary.CollectorTotal) -> JSONValue {
        [
            "collector": .string(total.collector), "attempts": states(total.states),
            "entries": JSONValue(total.entries),
            "bytes": JSONValue(total.bytes), "truncated": JSONValue(total.truncated),
        ]
    }

    private func gap(_ gap: LedgerSummary.GapGroup) -> JSONValue {
        [
            "collector": .string(gap.collector), "state": .string(gap.state.rawValue), "code": .string(gap.code),
            "count": JSONValue(gap.count),
            "examples": .array(
                gap.examples.map { example in
                    [
                        "attempt": JSONValue(example.attempt), "target": .string(example.target),
                        "step": .string(example.step), "message": .string(example.message),
                    ]
                }),
        ]
    }

    private func pod(_ status: PodSummary) -> JSONValue {
        [
            "namespace": .string(status.namespace), "name": .string(status.name), "status": .string(status.status),
            "ready": JSONValue(status.ready), "containers": JSONValue(status.containers),
            "restarts": JSONValue(status.restarts), "node": .string(status.node), "message": .string(status.message),
            "concern": .string("\(status.concern)"),
            "lastFailure": status.lastFailure.map { end in
                [
                    "container": .string(end.container), "reason": .string(end.reason),
                    "exitCode": JSONValue(end.exitCode),
                    "finishedAt": .string(end.finishedAt),
                ]
            } ?? .null,
            "path": .string(status.entry),
        ]
    }

    private func warning(_ group: WarningGroup) -> JSONValue {
        [
            "reason": .string(group.reason), "kind": .string(group.kind), "namespace": .string(group.namespace),
            "name": .string(group.name), "count": JSONValue(group.count), "lastSeen": .string(group.lastSeen),
            "message": .string(group.message),
        ]
    }

    private func states(_ states: [AttemptState: Int]) -> JSONValue {
        .object(
            JSONObject(
                AttemptState.allCases.compactMap { state in states[state].map { (state.rawValue, JSONValue($0)) } }))
    }

    private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
