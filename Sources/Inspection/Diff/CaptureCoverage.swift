internal import SQLite

/// What a capture has looked at, by its ledger: what is not in it is gone only where it looked.
final class CaptureCoverage {
    /// What is known of something that is not there.
    enum Answer: Hashable {
        /// The capture looked at all of its kind.
        case looked
        /// Only at what belongs to the target.
        case lookedAtTarget
        /// It did not look, or not wholly, and why.
        case notLooked(String)
    }

    /// Of a list or of attempts at one place together.
    private struct Outcome {
        var good = 0
        /// Only what belongs to the target was kept.
        var isNarrow = true
        /// Of one that failed.
        var failure: String?
    }

    /// Of objects.
    struct Kind: Hashable {
        let group, kind: String
        let isNamespaced: Bool
    }

    private struct Place: Hashable {
        let collector, step, namespace, workload, container: String
    }

    /// What is kept of a ledger, in lists, attempts and places. Beyond this it is none of ours: nothing is claimed.
    private let most: Int
    private var isLedgerCut = false
    private let database: SQLDatabase
    let hasLedger: Bool
    /// Objects were left out, being too many.
    private let isCut: Bool
    private let hasWholeCluster: Bool
    private let namespaces: Set<String>
    /// By resource (`deployments.apps`), then by namespace; "" for the whole cluster.
    private var lists: [String: [String: Outcome]] = [:]
    private var places: [Place: Outcome] = [:]
    private var placeOfAttempt: [Int64: Place] = [:]
    /// Of pods, by namespace and name of what they belong to.
    private var workloads: Set<[String]> = []
    private var resources: [String: String] = [:]
    private var answers: [[String]: Answer] = [:]
    private var kindsOfEntries: [String: [Kind]]?
    private let attemptOfEntry: SQLStatement
    private let anyObject: SQLStatement
    private let sameFile: SQLStatement

    init(_ database: SQLDatabase, most: Int) throws {
        self.database = database
        self.most = most
        attemptOfEntry = try database.prepare("SELECT attempt FROM entries WHERE path = ?1")
        anyObject = try database.prepare(
            "SELECT 1 FROM objects WHERE kind = ?1 AND namespace IS ?2 AND api_group = ?3 LIMIT 1")
        sameFile = try database.prepare(
            "SELECT 1 FROM entries WHERE path LIKE ?1 ESCAPE '~' AND role = 'objects' LIMIT 1")
        let kind = try database.rows("SELECT value FROM bundle WHERE name = 'kind'").first?.first?.text
        // A bundle whose ledger cannot be read says nothing either; then nothing is claimed.
        hasLedger =
            try kind == CaptureKind.exhibit.rawValue || !database.rows("SELECT 1 FROM ledger LIMIT 1").isEmpty
        let targets = try database.rows("SELECT value FROM bundle WHERE name = 'targets'").first?.first?.text ?? ""
        let words = targets.split(separator: " ")
        isCut = try database.rows("SELECT 1 FROM problems WHERE subject = 'objects' LIMIT 1").first != nil
        hasWholeCluster = words.contains("cluster")
        namespaces = Set(words.filter { $0.hasPrefix("namespace/") }.map { String($0.dropFirst(10)) })
        try readLedger()
        try readNames()
    }

    /// Attempts that brought a file that cannot be read, or not wholly.
    private func unreadAttempts() throws -> Set<Int64> {
        let statement = try database.prepare(
            "SELECT DISTINCT e.attempt FROM problems p JOIN entries e ON e.path = p.subject WHERE e.attempt > 0")
        var attempts: Set<Int64> = []
        while try statement.step() { if let attempt = statement[0].integer { attempts.insert(attempt) } }
        return attempts
    }

    private func readLedger() throws {
        let unread = try unreadAttempts()
        var kept = 0
        let statement = try database.prepare(
            """
            SELECT x.attempt, x.collector, x.step, x.resource, coalesce(x.namespace, ''),
              iif(x.kind = 'Pod', \(SectionQuery.workload(pod: "x.name")), coalesce('Node/' || x.node, 'Host')),
              coalesce(x.container, ''), x.state, coalesce(x.reason, ''), x.truncated
            FROM ledger x
            """)
        while try statement.step() {
            guard kept < most else {
                isLedgerCut = true
                break
            }
            let row = statement.row
            func text(_ index: Int) -> String { row[index].text ?? "" }
            let (collector, step, state) = (text(1), text(2), text(7))
            var failure: String?
            if state != "ok", state != "empty" {
                failure = [state, text(8)].filter { !$0.isEmpty }.joined(separator: " ")
            }
            if failure == nil, row[9].integer == 1 { failure = "cut by a limit" }
            if let attempt = row[0].integer, unread.contains(attempt) { failure = "a file of it cannot be read wholly" }
            if let resource = row[3].text {
                guard ["list", "pods", "resources"].contains(step.prefix { $0 != " " }) else { continue }
                let isNarrow =
                    step != "resources" && !hasWholeCluster && !(row[4].text.map(namespaces.contains) ?? false)
                let namespace = text(4)
                if lists[resource]?[namespace] == nil { kept += 1 }
                Self.add(failure, isNarrow: isNarrow, to: &lists[resource, default: [:]][namespace, default: Outcome()])
            } else {
                let place = Place(
                    collector: collector, step: step, namespace: text(4), workload: text(5), container: text(6))
                if let attempt = row[0].integer, placeOfAttempt.updateValue(place, forKey: attempt) == nil { kept += 1 }
                if places[place] == nil { kept += 1 }
                Self.add(failure, isNarrow: false, to: &places[place, default: Outcome()])
            }
        }
    }

    private static func add(_ failure: String?, isNarrow: Bool, to outcome: inout Outcome) {
        if let failure {
            outcome.failure = failure
        } else {
            outcome.good += 1
            outcome.isNarrow = outcome.isNarrow && isNarrow
        }
    }

    private func readNames() throws {
        let pods = try database.prepare(
            "SELECT DISTINCT x.namespace, \(SectionQuery.workload(pod: "x.name")) FROM pods x")
        while workloads.count < most, try pods.step() {
            workloads.insert([pods[0].text ?? "", pods[1].text ?? ""])
        }
        let served = try database.prepare(
            "SELECT group_version, kind, name FROM api_resources WHERE name NOT LIKE '%/%'")
        while resources.count < most, try served.step() {
            let version = served[0].text ?? ""
            let group = version.contains("/") ? String(version.prefix { $0 != "/" }) : ""
            resources[group + "/" + (served[1].text ?? "")] = served[2].text
        }
    }

    // MARK: Objects

    /// Whether an object that is not here would be.
    ///
    /// - Parameters:
    ///   - entry: the file that the other capture has it in.
    ///   - names: the other capture, which may know how the resource is called.
    func answer(
        group: String, kind: String, namespace: String, entry: String, names: CaptureCoverage
    ) throws -> Answer {
        let key = [group, kind, namespace]
        if let known = answers[key] { return known }
        let answer: Answer =
            isLedgerCut
            ? .notLooked("its ledger has more attempts than are read")
            : isCut
                ? .notLooked("it has more objects than are read")
                : hasLedger
                    ? listed(group, kind, namespace, names) : try isThere(group, kind, namespace, entry)
        if answers.count > 50_000 { answers = [:] }
        answers[key] = answer
        return answer
    }

    /// Of the objects in a file; none where it has none.
    func kinds(in entry: String) throws -> [Kind] {
        if let known = kindsOfEntries { return known[entry] ?? [] }
        var kinds: [String: [Kind]] = [:]
        let statement = try database.prepare(
            """
            SELECT entry, coalesce(api_group, ''), kind, max(namespace IS NOT NULL) FROM objects WHERE kind IS NOT NULL
            GROUP BY 1, 2, 3 LIMIT \(most)
            """)
        while try statement.step() {
            kinds[statement[0].text ?? "", default: []].append(
                Kind(
                    group: statement[1].text ?? "", kind: statement[2].text ?? "",
                    isNamespaced: statement[3].integer == 1))
        }
        kindsOfEntries = kinds
        return kinds[entry] ?? []
    }

    private func listed(_ group: String, _ kind: String, _ namespace: String, _ names: CaptureCoverage) -> Answer {
        let known = resources[group + "/" + kind] ?? names.resources[group + "/" + kind]
        let resource = (known ?? Self.plural(of: kind)) + (group.isEmpty ? "" : ".\(group)")
        let byNamespace = lists[resource] ?? [:]
        let outcomes = [byNamespace[""], namespace.isEmpty ? nil : byNamespace[namespace]].compactMap { $0 }
        guard !outcomes.isEmpty else { return .notLooked("\(resource) were not asked for") }
        // Several lists of one resource: what one of them has, the other need not.
        guard
            let good = outcomes.first(where: { $0.failure == nil && $0.good > 0 && !$0.isNarrow })
                ?? outcomes.first(where: { $0.failure == nil && $0.good > 0 })
        else { return .notLooked("\(resource): \(outcomes.first?.failure ?? "not had")") }
        let isWhole = !namespace.isEmpty && namespaces.contains(namespace)
        return good.isNarrow && !isWhole ? .lookedAtTarget : .looked
    }

    /// As the API machinery of Kubernetes guesses it.
    private static func plural(of kind: String) -> String {
        let kind = kind.lowercased()
        if kind == "endpoints" { return kind }
        if kind.hasSuffix("s") { return kind + "es" }
        if kind.hasSuffix("y") { return kind.dropLast() + "ies" }
        return kind + "s"
    }

    /// Of a capture without a ledger: it looked where it has something of the kind, or the file for it.
    private func isThere(_ group: String, _ kind: String, _ namespace: String, _ entry: String) throws -> Answer {
        defer { anyObject.reset() }
        try anyObject.bind([.text(kind), namespace.isEmpty ? .null : .text(namespace), .text(group)])
        if try anyObject.step() { return .looked }
        let tail = entry.split(separator: "/").suffix(3).joined(separator: "/")
        guard !tail.isEmpty else { return .notLooked("it has nothing of this kind") }
        defer { sameFile.reset() }
        let pattern = tail.map { "%_~".contains($0) ? "~\($0)" : "\($0)" }.joined()
        try sameFile.bind([.text("%/\(pattern)")])
        return try sameFile.step() ? .looked : .notLooked("it has nothing of this kind, and no file for it")
    }

    // MARK: What collectors bring

    /// Whether rows of a file of the other capture that are not here would be.
    func answer(entry: String, of other: CaptureCoverage, namespace: String, workload: String) throws -> Answer {
        guard hasLedger, other.hasLedger else { return .notLooked("it does not say what was looked at") }
        guard !isLedgerCut else { return .notLooked("its ledger has more attempts than are read") }
        defer { other.attemptOfEntry.reset() }
        try other.attemptOfEntry.bind([.text(entry)])
        guard try other.attemptOfEntry.step(), let attempt = other.attemptOfEntry[0].integer,
            let place = other.placeOfAttempt[attempt]
        else { return .notLooked("its ledger does not name it") }
        guard let outcome = places[place] else {
            // Where a workload's pods are gone, so is all that ran in them.
            if !namespace.isEmpty, !workload.isEmpty, !workloads.contains([namespace, workload]) {
                return try answer(group: "", kind: "Pod", namespace: namespace, entry: "", names: other)
            }
            return .notLooked("\(place.collector) was not asked for")
        }
        if let failure = outcome.failure { return .notLooked("\(place.collector): \(failure)") }
        return .looked
    }
}
