internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `tables`: objects as the API server prints them for `kubectl get`, and in which state each list was read.
///
/// Only the server knows how to make the columns of its own kinds. Rows are kept exactly where the whole list is: in a namespace
/// that is captured whole, and of resources without a namespace when the cluster is. They have cells alone, without the objects,
/// and are of the very state that the list was read in, while the server still has that. Elsewhere there are columns only: for a pod
/// the rows of others do not matter, and a table over all namespaces does not tell which row is in which.
struct TablesStep: ClusterStepKind {
    static let kind = StepKind(
        "tables", scopes: [.cluster],
        summary:
            "How the API server prints each resource (the columns of kubectl get), and the printed rows of what is captured whole: a namespace, or resources without one when the target is the cluster. And the resourceVersion of each list that was read. Once for a run.",
        source: .api,
        options: [
            ListStep.resourcesOption, ListStep.exceptOption,
        ],
        output: .fixed([
            "cluster/api/tables/api/<version>/…/<resource>.json",
            "cluster/api/tables/apis/<group>/<version>/…/<resource>.json", "cluster/api/lists.jsonl",
        ]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let documents = DocumentStep(session: session, definition: definition, step: step)
        let selection = ResourceSelection(include: step.texts("resources"), except: step.texts("except"))
        let resources = session.resources.filter { $0.verbs.contains("list") && selection.picks($0) }
        let groups = Dictionary(grouping: resources, by: \.groupVersion).sorted { $0.key < $1.key }
        // One that is broken is so for all that it serves: one line says it.
        return documents.bounded(groups, "group versions") { groupVersion, resources in
            let name = APIDocument(Array(resources[0].listSegments(namespace: nil).dropLast(1))).name
            var attempt = documents.attempt(Target(resource: name), groupVersion) { context in
                try await capture(resources, captured, context)
            }
            attempt.needs = resources.flatMap { resource in
                TableCapture.places(resource, captured).map {
                    AccessNeed("list", group: resource.group, resource.resource, namespace: $0.namespace)
                }
            }
            return attempt
        } + [
            documents.attempt(Target(resource: "resourceVersions"), "resourceVersions of the lists") { context in
                let lines = session.lists.lines
                guard !lines.isEmpty else { return .empty }
                try await context.entry(["cluster", "api", "lists.jsonl"], media: .jsonLines, bytes: lines)
                return .ok
            }
        ]
    }

    private func capture(_ resources: [APIResource], _ captured: CapturedTargets, _ context: AttemptContext)
        async throws -> Outcome
    {
        var count = 0
        var failures: [(name: String, outcome: Outcome)] = []
        for resource in resources {
            for place in TableCapture.places(resource, captured) {
                do {
                    let table = TableCapture(session: session, resource: resource, place: place)
                    count += try await APIOutcome.translating { try await table.run(context) }
                } catch let failure as StepFailure where failure.outcome.truncated == nil {
                    // What the server does not print is no loss: kubectl then shows names and ages.
                    if failure.outcome.reason?.code != "NotAcceptable" {
                        failures.append((resource.qualifiedName, failure.outcome))
                    }
                }
            }
        }
        guard let first = failures.first else { return count == 0 ? .empty : .ok }
        let reason = first.outcome.reason
        let message =
            "\(Set(failures.map(\.name)).sorted().prefix(5).joined(separator: ", ")): \(reason?.message ?? "")"
        return Outcome(
            count == 0 ? first.outcome.state : .partial,
            reason: Reason(code: reason?.code.rawValue ?? "Unexpected", message: message))
    }
}

/// One table: of a resource, in a namespace or without.
struct TableCapture: Sendable {
    struct Place: Sendable {
        var namespace: String?
        /// Else the columns only.
        var hasRows: Bool
    }

    /// As many rows as kubectl asks for at once, and 10,000 in all.
    private static let pageSize = 500
    private static let maxPages = 20
    private static let maxPageBytes = 16 << 20
    private static let accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    /// No object has this name; the server looks for it by its key, and reads no list.
    private static let nobody = "exhibit-columns-only"

    let session: ClusterSession
    let resource: APIResource
    let place: Place

    static func places(_ resource: APIResource, _ captured: CapturedTargets) -> [Place] {
        guard resource.namespaced else { return [Place(namespace: nil, hasRows: captured.isWholeCluster)] }
        let whole = captured.wholeNamespaces.map { Place(namespace: $0, hasRows: true) }
        // In a namespace, since that is where this account may list.
        return whole.isEmpty ? [Place(namespace: captured.namespaces.first, hasRows: false)] : whole
    }

    /// The number of its pages.
    func run(_ context: AttemptContext) async throws -> Int {
        let path = try resource.path(namespace: place.namespace)
        var query = [("includeObject", "None")]
        guard place.hasRows else {
            query += [("limit", "1"), ("fieldSelector", "metadata.name=\(Self.nobody)")]
            _ = try await page(path, query, number: 1, context)
            return 1
        }
        query.append(("limit", String(Self.pageSize)))
        var token: String?
        if let version = session.lists.resourceVersion(resource, namespace: place.namespace) {
            do {
                let exact = [("resourceVersion", version), ("resourceVersionMatch", "Exact")]
                token = try await page(path, query + exact, number: 1, context)
            } catch let error as KubernetesError where error.code == .gone || error.httpStatus == 400 {
                // Forgotten, or never known to an API that has no states: then as it is now.
                token = try await page(path, query, number: 1, context)
            }
        } else {
            token = try await page(path, query, number: 1, context)
        }
        var number = 1
        while let next = token {
            number += 1
            guard number <= Self.maxPages else {
                throw StepFailure(
                    .partial("TooManyRows", "only the first \(Self.pageSize * Self.maxPages) rows are kept"))
            }
            token = try await page(path, query + [("continue", next)], number: number, context)
        }
        return number
    }

    /// Keeps one page, and returns the token of the next.
    private func page(_ path: String, _ query: [(String, String)], number: Int, _ context: AttemptContext)
        async throws -> String?
    {
        let bytes = try await session.client.get(
            path: path, query: query, maxBytes: Self.maxPageBytes, accept: Self.accept)
        let limits = JSONLimits(depth: 64, bytes: Self.maxPageBytes)
        // Objects must not come in by this way: nothing would take the values out of Secrets.
        guard let table = try? JSONValue(parsing: bytes, limits: limits), table["kind"]?.string == "Table",
            (table["rows"]?.array ?? []).allSatisfy({ $0["object"] == nil || $0["object"] == .null })
        else {
            throw StepFailure(.error("NotATable", "the answer is not a table without objects, so it is not kept"))
        }
        guard place.hasRows || (table["rows"]?.array ?? []).isEmpty else {
            throw StepFailure(
                .error("NotAsked", "the answer has rows although none were asked for, so it is not kept"))
        }
        let segments = resource.listSegments(namespace: place.hasRows ? place.namespace : nil)
        let ending = number == 1 ? "json" : "\(number).json"
        try await context.entry(
            APIDocument.file(["tables"] + segments, ending: ending), media: .json, bytes: bytes)
        return table["metadata"]?["continue"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 64 << 10 ? nil : $0 }
    }
}

extension APIResource {
    /// Of the path of its collection, not encoded.
    func listSegments(namespace: String?) -> [String] {
        (group.isEmpty ? ["api", version] : ["apis", group, version])
            + (namespace.map { namespaced ? ["namespaces", $0] : [] } ?? []) + [resource]
    }
}
