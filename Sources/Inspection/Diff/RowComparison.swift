internal import SQLite
internal import StructuredText

/// Compares the rows of one statement in two databases, as they come in order.
struct RowComparison {
    let query: SectionQuery
    let databases: ComparedDatabases
    let tally: ComparisonTally
    private let replaced: ReplacedContainers?

    init(query: SectionQuery, databases: ComparedDatabases, tally: ComparisonTally) throws {
        self.query = query
        self.databases = databases
        self.tally = tally
        replaced = query.section == .files ? try ReplacedContainers(databases) : nil
    }

    func run() throws {
        var oldRows = try KeyedRowsReader(query, databases.old, namespace: tally.options.namespace)
        var newRows = try KeyedRowsReader(query, databases.new, namespace: tally.options.namespace)
        var (old, new) = (try oldRows.next(), try newRows.next())
        while old != nil || new != nil {
            let order: Int
            if let old, let new {
                order = KeyedRows.order(old.keys, new.keys)
            } else {
                order = old == nil ? 1 : -1
            }
            if order == 0, let one = old, let other = new {
                try both(one, other)
            } else if order < 0, let one = old {
                try only(one, missingIn: .new)
            } else if let one = new {
                try only(one, missingIn: .old)
            }
            if order <= 0 { old = try oldRows.next() }
            if order >= 0 { new = try newRows.next() }
        }
    }

    private func both(_ old: KeyedRows, _ new: KeyedRows) throws {
        let differing = names.indices.filter { old.fields[$0] != new.fields[$0] && !isExample($0) }
        guard !differing.isEmpty else { return tally.same(query.section) }
        if let isTelling = query.isTelling, !isTelling(old, new), !tally.options.includesNoise {
            return tally.noise(query.section)
        }
        let shown = names.indices.filter { differing.contains($0) || isExample($0) }
        let fields = shown.map { index in
            FieldDifference(
                path: names[index], old: isExample(index) ? nil : Self.json(old.fields[index]),
                new: Self.json(new.fields[index]))
        }
        // Of three pods one could not be looked at: that there is less may come from that.
        let notes = try [(old, ComparedSide.new), (new, .old)].compactMap { rows, side -> String? in
            guard case .none(let reason) = try claim(rows, missingIn: side) else { return nil }
            return "not captured wholly in \(side.rawValue) (\(reason))"
        }
        var difference = Difference(
            section: query.section, change: .changed, subject: subject(new), fields: fields,
            note: notes.isEmpty ? nil : notes.joined(separator: ", "))
        difference.isOfReplacedContainer = isOfReplacedContainer(new)
        try tally.add(difference)
    }

    private func only(_ rows: KeyedRows, missingIn side: ComparedSide) throws {
        let (old, new) = side == .new ? (rows, nil) : (nil, rows)
        if let isTelling = query.isTelling, !isTelling(old, new), !tally.options.includesNoise {
            return tally.noise(query.section)
        }
        var note: String?
        switch try claim(rows, missingIn: side) {
        case .certain: break
        case .noted(let words): note = words
        case .none(let reason):
            return tally.notCompared(
                query.section, missingIn: side, what(rows), namespace: value("namespace", rows), reason)
        }
        let fields = names.indices.filter { !rows.fields[$0].isEmpty }.map { index in
            let value = Self.json(rows.fields[index])
            return FieldDifference(path: names[index], old: side == .new ? value : nil, new: side == .new ? nil : value)
        }
        var difference = Difference(
            section: query.section, change: side == .new ? .removed : .added, subject: subject(rows), fields: fields,
            note: note)
        difference.isOfReplacedContainer = side == .new && isOfReplacedContainer(rows)
        try tally.add(difference)
    }

    private func isOfReplacedContainer(_ rows: KeyedRows) -> Bool {
        replaced?.contains(
            namespace: value("namespace", rows), workload: value("workload", rows), container: value("container", rows))
            ?? false
    }

    private func claim(_ rows: KeyedRows, missingIn side: ComparedSide) throws -> ComparedDatabases.Claim {
        let namespace = value("namespace", rows)
        switch query.needs {
        case .nothing: return .certain
        case .sameAttempt:
            return try databases.claim(
                missingIn: side, entry: rows.entry ?? "", namespace: namespace, workload: value("workload", rows))
        case .objects(let group, let kind):
            return try databases.claim(missingIn: side, group: group, kind: kind, namespace: namespace, entry: "")
        case .bindings:
            return try databases.claim(
                missingIn: side, group: "rbac.authorization.k8s.io",
                kind: namespace.isEmpty ? "ClusterRoleBinding" : "RoleBinding", namespace: namespace, entry: "")
        }
    }

    private var names: [String] { query.fields.map(\.name) + (query.counts ? ["count"] : []) }

    private func isExample(_ index: Int) -> Bool {
        guard index < query.fields.count, case .example = query.fields[index].taken else { return false }
        return true
    }

    private func value(_ key: String, _ rows: KeyedRows) -> String {
        query.keys.firstIndex(of: key).map { rows.keys[$0] } ?? ""
    }

    /// What is grouped where nothing can be said: a container, or the kind of things.
    private func what(_ rows: KeyedRows) -> String {
        let place = [value("workload", rows), value("container", rows)].filter { !$0.isEmpty }
        return place.isEmpty ? query.section.rawValue : place.joined(separator: ", container ")
    }

    private func subject(_ rows: KeyedRows) -> [Difference.Part] {
        zip(query.keys, rows.keys).compactMap { name, value in
            value.isEmpty ? nil : Difference.Part(name, value)
        }
    }

    private static func json(_ values: [String]) -> JSONValue? {
        switch values.count {
        case 0: nil
        case 1: .string(values[0])
        default: .array(values.map { .string($0) })
        }
    }
}
