internal import SQLite

/// Which lists of objects a capture has: what is in none of them is not known not to have been there.
///
/// Of a bundle the ledger says it. Other captures have none: they looked where they have objects of a kind, or the file for them.
package struct ListCoverage: Sendable {
    package enum Answer: Hashable, Sendable {
        /// All that there was.
        case whole
        /// Some of it, and why no more.
        case some(String)
        /// Nothing that says what there was, and why.
        case nothing(String)
    }

    /// Of all lists of a resource in one namespace together.
    private struct Outcome: Sendable {
        var isWhole = false
        var isNarrow = false
        var failure: String?
    }

    /// Beyond this nothing is claimed of what is not there.
    private static let most = 200_000

    private var hasLedger = false
    private var isCut = false
    private var isTruncated = false
    /// By resource (`deployments.apps`; of other captures also by kind, `Deployment/apps`), then by namespace; "" for all, and for none.
    private var lists: [String: [String: Outcome]] = [:]
    private var count = 0

    private mutating func update(_ resource: String, _ namespace: String, _ change: (inout Outcome) -> Void) {
        if lists[resource]?[namespace] == nil {
            guard count < Self.most else {
                isCut = true
                return
            }
            count += 1
        }
        change(&lists[resource, default: [:]][namespace, default: Outcome()])
    }

    /// What is known of a list.
    ///
    /// - Parameters:
    ///   - resource: as in `deployments.apps`.
    ///   - kind: with its group, as in `Deployment/apps`.
    ///   - namespace: nil for all, and for what has none.
    package func answer(resource: String, kind: String, namespace: String?, isNamespaced: Bool) -> Answer {
        if isTruncated { return .some("the capture has more objects than are read") }
        var byNamespace = lists[resource] ?? [:]
        if !hasLedger { byNamespace.merge(lists[kind] ?? [:]) { $0.isWhole ? $0 : $1 } }
        let all = byNamespace[""]
        if all?.isWhole == true { return .whole }
        if let namespace {
            let outcome = byNamespace[namespace]
            if outcome?.isWhole == true { return .whole }
            if outcome?.isNarrow == true || all?.isNarrow == true { return .some(Self.narrow) }
            return .nothing(outcome?.failure ?? all?.failure ?? unasked)
        }
        let looked = byNamespace.filter { !$0.key.isEmpty && ($0.value.isWhole || $0.value.isNarrow) }.keys.sorted()
        if isNamespaced, !looked.isEmpty {
            let names =
                looked.prefix(5).joined(separator: ", ") + (looked.count > 5 ? " and \(looked.count - 5) more" : "")
            return .some("only those of namespace \(names) were captured")
        }
        if all?.isNarrow == true { return .some(Self.narrow) }
        return .nothing(all?.failure ?? byNamespace.values.compactMap(\.failure).min() ?? unasked)
    }

    private static let narrow = "only those that belong to what was captured are here"
    private var unasked: String {
        if isCut { return "more was asked for than is read of the ledger" }
        return hasLedger ? "they were not asked for" : "the capture has none of them, and no file for them"
    }
}

extension EvidenceDatabase {
    /// - Throws: `SQLError`, `CancellationError`, and what the capture throws.
    package func listCoverage() async throws -> ListCoverage {
        try await ListCoverage(self)
    }
}

extension ListCoverage {
    fileprivate init(_ database: EvidenceDatabase) async throws {
        hasLedger = database.capture.kind == .exhibit
        isTruncated = try await !database.rows("SELECT 1 FROM problems WHERE subject = 'objects' LIMIT 1").isEmpty
        if hasLedger {
            try await readLedger(database)
        } else {
            try await readObjects(database)
            try await readFiles(database.capture)
        }
    }

    private mutating func readLedger(_ database: EvidenceDatabase) async throws {
        let targets =
            try await database.rows("SELECT value FROM bundle WHERE name = 'targets'").first?.first?.text ?? ""
        let words = targets.split(separator: " ")
        let hasWholeCluster = words.contains("cluster")
        let namespaces = Set(words.filter { $0.hasPrefix("namespace/") }.map { String($0.dropFirst(10)) })
        let rows = try await database.rows(
            """
            SELECT resource, coalesce(namespace, ''), step, state, coalesce(reason, ''), truncated,
              attempt IN (SELECT e.attempt FROM problems p JOIN entries e ON e.path = p.subject WHERE e.attempt > 0)
            FROM ledger l WHERE resource IS NOT NULL LIMIT \(Self.most + 1)
            """)
        isCut = rows.count > Self.most
        for row in rows {
            guard let resource = row[0].text, let namespace = row[1].text, let step = row[2].text,
                ["list", "pods", "resources"].contains(step.prefix { $0 != " " })
            else { continue }
            let state = row[3].text ?? "", reason = row[4].text ?? ""
            let isNarrow = step != "resources" && !hasWholeCluster && !namespaces.contains(namespace)
            update(resource, namespace) { outcome in
                if state != "ok" && state != "empty" {
                    outcome.failure = state + (reason.isEmpty ? "" : " (\(reason))")
                    // What came before it was cut off is here.
                    if state == "partial" || state == "timeout" { outcome.isNarrow = true }
                } else if isNarrow || row[5].integer == 1 || row[6].integer == 1 {
                    outcome.isNarrow = true
                } else {
                    outcome.isWhole = true
                }
            }
        }
    }

    private mutating func readObjects(_ database: EvidenceDatabase) async throws {
        let rows = try await database.rows(
            """
            SELECT DISTINCT kind || '/' || api_group, coalesce(namespace, '') FROM objects WHERE kind IS NOT NULL
            LIMIT \(Self.most)
            """)
        for row in rows {
            guard let kind = row[0].text, let namespace = row[1].text else { continue }
            // Tools capture single objects, too, as what others refer to: only a list in a file of its own is all there was.
            update(kind, namespace) { $0.isNarrow = true }
        }
    }

    private mutating func readFiles(_ capture: any Capture) async throws {
        var found: [(resource: String, namespace: String)] = []
        try await capture.files { file in
            guard found.count < Self.most, case .objects(_, let type) = capture.role(of: file) else { return }
            let path = file.path.split(separator: "/").suffix(4).map(String.init)
            guard path.count >= 2, let name = path.last?.prefix(while: { $0 != "." }) else { return }
            let folder = path[path.count - 2]
            if let type {
                let group = type.apiVersion.contains("/") ? String(type.apiVersion.prefix { $0 != "/" }) : ""
                found.append(("\(type.kind)/\(group)", folder == "cluster-resources" ? "" : String(name)))
            } else if path.count == 4, path[0] == "namespaces" {
                found.append((name + (folder == "core" ? "" : ".\(folder)"), path[1]))
            } else if capture.kind == .clusterInfoDump {
                found.append((String(name.filter { $0 != "-" }), name == "nodes" ? "" : folder))
            }
        }
        for (resource, namespace) in found { update(resource, namespace) { $0.isWhole = true } }
    }
}
