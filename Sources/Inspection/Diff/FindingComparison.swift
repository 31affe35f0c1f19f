internal import Collection
internal import SQLite
internal import StructuredText

/// Compares what rules found in two captures.
struct FindingComparison {
    let databases: ComparedDatabases
    let tally: ComparisonTally

    /// What makes two findings one: names of pods that come and go are not in it.
    private struct Key: Hashable {
        let severity, id, kind, namespace, name, container: String

        var words: [String] { [severity, id, kind, namespace, name, container] }
    }

    func run(_ old: Findings, _ new: Findings) throws {
        for rule in Set(old.left.keys).union(new.left.keys).sorted() {
            tally.notCompared(
                .findings, missingIn: new.left[rule] == nil ? .old : .new, rule, namespace: "",
                "the rule found more than are read")
        }
        let (before, after) = (try keyed(old, databases.old), try keyed(new, databases.new))
        for key in Set(before.keys).union(after.keys).sorted(by: { Self.precedes($0, $1) }) {
            switch (before[key], after[key]) {
            case (.some, .some): tally.same(.findings)
            case (.some(let finding), nil): try only(key, finding, missingIn: .new, new, databases.old)
            case (nil, .some(let finding)): try only(key, finding, missingIn: .old, old, databases.new)
            case (nil, nil): break
            }
        }
    }

    private static func precedes(_ left: Key, _ right: Key) -> Bool {
        let severities = FindingSeverity.allCases.map(\.rawValue)
        let (one, other) = (
            severities.firstIndex(of: left.severity) ?? 0, severities.firstIndex(of: right.severity) ?? 0
        )
        return one == other ? KeyedRows.order(left.words, right.words) < 0 : one < other
    }

    private func keyed(_ findings: Findings, _ database: SQLDatabase) throws -> [Key: Finding] {
        let owner = try database.prepare(
            "SELECT \(SectionQuery.workload(pod: "x.pod")) FROM (SELECT ?1 AS namespace, ?2 AS pod) x")
        var keyed: [Key: Finding] = [:]
        for finding in findings.findings {
            let object = finding.object
            if let namespace = tally.options.namespace, object.namespace != namespace { continue }
            var name = object.name ?? object.node ?? ""
            if object.kind == "Pod", let pod = object.name {
                defer { owner.reset() }
                try owner.bind([.text(object.namespace ?? ""), .text(pod)])
                if try owner.step(), let workload = owner[0].text { name = workload }
            }
            let key = Key(
                severity: finding.severity.rawValue, id: finding.id, kind: object.kind ?? "",
                namespace: object.namespace ?? "",
                name: name, container: object.container ?? "")
            if keyed[key] == nil { keyed[key] = finding }
        }
        return keyed
    }

    private func only(
        _ key: Key, _ finding: Finding, missingIn side: ComparedSide, _ others: Findings, _ present: SQLDatabase
    ) throws {
        var note: String?
        switch try claim(key, finding, missingIn: side, others, present) {
        case .certain: break
        case .noted(let words): note = words
        case .none(let reason):
            return tally.notCompared(.findings, missingIn: side, key.id, namespace: key.namespace, reason)
        }
        let says = FieldDifference(
            path: "says", old: side == .new ? .string(finding.says) : nil,
            new: side == .new ? nil : .string(finding.says))
        let parts = [
            ("severity", key.severity), ("rule", key.id), ("kind", key.kind), ("namespace", key.namespace),
            ("name", key.name),
            ("container", key.container),
        ]
        try tally.add(
            Difference(
                section: .findings, change: side == .new ? .removed : .added,
                subject: parts.filter { !$0.1.isEmpty }.map { Difference.Part($0.0, $0.1) }, fields: [says], note: note)
        )
    }

    private func claim(
        _ key: Key, _ finding: Finding, missingIn side: ComparedSide, _ others: Findings, _ present: SQLDatabase
    ) throws -> ComparedDatabases.Claim {
        if let reason = others.failed[finding.id] { return .none("the rule could not be asked: \(reason)") }
        if others.left[finding.id] != nil { return .none("the rule found more than are read") }
        let workload = key.kind == "Pod" ? key.name : ""
        guard let entry = finding.evidence.entry else {
            return try object(key, finding, missingIn: side, present)
        }
        let kinds = try databases.coverage(of: side.other).kinds(in: entry)
        guard !kinds.isEmpty else {
            // What a collector brought, or a log.
            return try databases.claim(missingIn: side, entry: entry, namespace: key.namespace, workload: workload)
        }
        var claim = ComparedDatabases.Claim.certain
        if finding.object.name != nil { claim = try object(key, finding, missingIn: side, present) }
        // What it stands on, as events, must have been looked for, and not only what it is about.
        for kind in kinds where !kinds.contains(where: { $0.kind == finding.object.kind }) {
            if case .none = claim { return claim }
            let other = try databases.claim(
                missingIn: side, group: kind.group, kind: kind.kind, namespace: kind.isNamespaced ? key.namespace : "",
                entry: entry)
            if case .certain = other { continue }
            claim = other
        }
        return claim
    }

    /// Of what a finding is about.
    private func object(
        _ key: Key, _ finding: Finding, missingIn side: ComparedSide, _ present: SQLDatabase
    ) throws -> ComparedDatabases.Claim {
        guard let kind = finding.object.kind, let name = finding.object.name else {
            // It stands on what the program says of the capture as a whole.
            return databases.oldCoverage.hasLedger && databases.newCoverage.hasLedger
                ? .certain : .none("it does not say what was looked at")
        }
        let row = try present.rows(
            "SELECT api_group, entry FROM objects WHERE kind = ?1 AND namespace IS ?2 AND name = ?3 LIMIT 1",
            [.text(kind), SQLValue(finding.object.namespace), .text(name)]
        ).first
        // A group of users is no object: what grants it something is, and stands in the file.
        guard row != nil || finding.evidence.entry == nil else { return .certain }
        return try databases.claim(
            missingIn: side, group: row?[0].text ?? "", kind: kind, namespace: key.namespace, entry: row?[1].text ?? "")
    }
}
