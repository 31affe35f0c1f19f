internal import SQLite

/// The two databases of a comparison, and what each of them looked at. Used by one thread.
struct ComparedDatabases {
    let old: SQLDatabase
    let new: SQLDatabase
    let oldCoverage: CaptureCoverage
    let newCoverage: CaptureCoverage
    /// What both were asked to capture is the same.
    let haveSameTargets: Bool

    init(_ old: SQLDatabase, _ new: SQLDatabase, _ options: ComparisonOptions) throws {
        self.old = old
        self.new = new
        oldCoverage = try CaptureCoverage(old, most: options.mostOfLedger)
        newCoverage = try CaptureCoverage(new, most: options.mostOfLedger)
        haveSameTargets = try Self.targets(old) == Self.targets(new)
    }

    private static func targets(_ database: SQLDatabase) throws -> String {
        try database.rows("SELECT value FROM bundle WHERE name = 'targets'").first?.first?.text ?? ""
    }

    func coverage(of side: ComparedSide) -> CaptureCoverage { side == .old ? oldCoverage : newCoverage }

    /// What can be said of a thing that one side has and the other has not.
    enum Claim {
        /// It is new, or gone.
        case certain
        /// So it seems, and what is to be known beside.
        case noted(String)
        /// Nothing, and why.
        case none(String)
    }

    /// Of an object.
    func claim(
        missingIn side: ComparedSide, group: String, kind: String, namespace: String, entry: String
    ) throws -> Claim {
        let answer = try coverage(of: side).answer(
            group: group, kind: kind, namespace: namespace, entry: entry, names: coverage(of: side.other))
        switch answer {
        case .looked: return .certain
        case .notLooked(let reason): return .none(reason)
        case .lookedAtTarget:
            guard haveSameTargets else { return .none("only what belongs to its target was kept") }
            // A target is its pods: what else belongs to it can be there without belonging to it.
            if kind == "Pod" { return .certain }
            return .noted(
                side == .new
                    ? "only what belongs to the target was kept: it may be there still"
                    : "only what belongs to the target was kept: it may have been there before")
        }
    }

    /// Of a row of what a collector brought.
    func claim(missingIn side: ComparedSide, entry: String, namespace: String, workload: String) throws -> Claim {
        let answer = try coverage(of: side).answer(
            entry: entry, of: coverage(of: side.other), namespace: namespace, workload: workload)
        switch answer {
        case .looked: return .certain
        case .notLooked(let reason): return .none(reason)
        case .lookedAtTarget: return haveSameTargets ? .certain : .none("only what belongs to its target was kept")
        }
    }
}

extension ComparedSide {
    var other: ComparedSide { self == .old ? .new : .old }
}
