internal import SQLite
internal import StructuredText

/// Compares the objects of two databases, as they come in order of kind, namespace and name.
struct ObjectComparison {
    let databases: ComparedDatabases
    let tally: ComparisonTally
    private let oldJSON: SQLStatement
    private let newJSON: SQLStatement

    init(_ databases: ComparedDatabases, _ tally: ComparisonTally) throws {
        self.databases = databases
        self.tally = tally
        oldJSON = try databases.old.prepare("SELECT json FROM objects WHERE id = ?1")
        newJSON = try databases.new.prepare("SELECT json FROM objects WHERE id = ?1")
    }

    func run() throws {
        var oldObjects = try ObjectReader(databases.old, namespace: tally.options.namespace)
        var newObjects = try ObjectReader(databases.new, namespace: tally.options.namespace)
        var groups = GeneratedGroups()
        var (old, new) = (try oldObjects.next(), try newObjects.next())
        while old != nil || new != nil {
            let order: Int
            if let old, let new {
                order = KeyedRows.order(old.key, new.key)
            } else {
                order = old == nil ? 1 : -1
            }
            if order == 0, let one = old, let other = new {
                try both(one, other)
                groups.keep(other, owner: try newObjects.owner(of: other))
            } else if order < 0, let one = old {
                if try !groups.add(one, gone: true, owner: oldObjects.owner(of: one)) { try only(one, missingIn: .new) }
            } else if let one = new {
                if try !groups.add(one, gone: false, owner: newObjects.owner(of: one)) {
                    try only(one, missingIn: .old)
                }
            }
            if order <= 0 { old = try oldObjects.next() }
            if order >= 0 { new = try newObjects.next() }
        }
        for group in groups.sorted { try add(group) }
    }

    private func json(_ id: Int64, _ statement: SQLStatement) throws -> JSONValue? {
        defer { statement.reset() }
        try statement.bind([.integer(id)])
        guard try statement.step(), let text = statement[0].text else { return nil }
        return try? JSONValue(parsing: text.utf8)
    }

    private func both(_ old: ComparedObject, _ new: ComparedObject) throws {
        let comparison = try compare(old.id, new.id, FieldNoise(kind: new.kind))
        tally.noise(.objects, comparison.noise)
        let isAnother = old.uid != nil && new.uid != nil && old.uid != new.uid
        guard isAnother || !comparison.fields.isEmpty else { return tally.same(.objects) }
        var difference = Difference(
            section: .objects, change: isAnother ? .replaced : .changed, subject: new.subject,
            fields: comparison.fields,
            left: comparison.left)
        if isAnother {
            difference.note = "another object of this name: the uid was \(old.uid ?? ""), and is \(new.uid ?? "")"
        }
        try tally.add(difference)
    }

    private func compare(_ old: Int64, _ new: Int64, _ noise: FieldNoise) throws -> FieldComparison {
        var comparison = FieldComparison(noise, tally.options)
        if let old = try json(old, oldJSON), let new = try json(new, newJSON) { comparison.compare(old, new) }
        return comparison
    }

    private func only(_ object: ComparedObject, missingIn side: ComparedSide) throws {
        var note: String?
        switch try claim(object, missingIn: side) {
        case .certain: break
        case .noted(let words): note = words
        case .none(let reason):
            return tally.notCompared(.objects, missingIn: side, object.kind, namespace: object.namespace, reason)
        }
        try tally.add(
            Difference(
                section: .objects, change: side == .new ? .removed : .added, subject: object.subject, fields: [],
                note: note))
    }

    private func claim(_ object: ComparedObject, missingIn side: ComparedSide) throws -> ComparedDatabases.Claim {
        try databases.claim(
            missingIn: side, group: object.group, kind: object.kind, namespace: object.namespace, entry: object.entry)
    }

    /// Objects with generated names, by what they belong to.
    private func add(_ group: GeneratedGroups.Group) throws {
        var note: [String] = []
        for (example, count, side) in [
            (group.gone, group.goneCount, ComparedSide.new), (group.new, group.newCount, .old),
        ] {
            guard let example, count > 0 else { continue }
            if case .none(let reason) = try claim(example, missingIn: side) {
                for _ in 0..<count {
                    tally.notCompared(
                        .objects, missingIn: side, "\(example.kind) of \(group.owner)", namespace: example.namespace,
                        reason)
                }
                return
            }
        }
        guard let example = group.new ?? group.gone else { return }
        let (gone, new, kept) = (group.goneCount, group.newCount, group.keptCount)
        let change: Difference.Change = gone > 0 && new > 0 ? .replaced : gone > 0 ? .removed : .added
        if gone > 0, new > 0 { note.append("\(min(gone, new)) replaced") }
        if new > gone { note.append("\(new - gone) more") }
        if gone > new { note.append("\(gone - new) gone") }
        if kept > 0 { note.append("\(kept) as before") }
        var difference = Difference(
            section: .objects, change: change,
            subject: [
                ("kind", example.kind), ("group", example.group), ("namespace", example.namespace),
                ("workload", group.owner),
            ]
            .filter { !$0.1.isEmpty }.map { Difference.Part($0.0, $0.1) },
            fields: [], note: note.joined(separator: ", "))
        if let one = group.gone, let other = group.new {
            let comparison = try compare(one.id, other.id, FieldNoise(kind: other.kind, ofOneOfMany: true))
            tally.noise(.objects, comparison.noise)
            difference = Difference(
                section: .objects, change: change, subject: difference.subject, fields: comparison.fields,
                left: comparison.left, note: difference.note)
        }
        try tally.add(difference)
    }
}
