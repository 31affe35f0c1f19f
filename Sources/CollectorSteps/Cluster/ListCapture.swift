internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Captures one resource: streams its objects into one List per namespace, or one file each when it has no namespace.
struct ListCapture: Sendable {
    /// A single object larger than this is not kept; the API server's own limit for one is 3 MiB.
    static let maxObjectBytes = 8 << 20
    /// Objects asked for at once: as kubectl does. They are handled one by one whatever this is.
    static let pageSize = 500

    let session: ClusterSession
    let resource: APIResource
    /// Nil: all namespaces, or none.
    let namespace: String?
    /// Decides what is kept; nil: everything.
    var relations: SharedRelations?
    /// True: `relations` only learn.
    var keepsAll = false
    /// Says of which namespaces another list of this run has every object; nil when this list is the one that has them.
    var isWhole: (@Sendable (String) -> Bool)?
    /// Whether a list without objects is written where its namespace is known: nothing there is an answer.
    var keepsEmptyList = true
    /// Called with each pod that is kept, when the resource is pods.
    var found: (@Sendable (PodSummary) -> Void)?
    /// Read one after the other; an object that several of them bring is kept once.
    var selections = [Selection()]

    /// Which objects are asked for, and which of those are kept.
    struct Selection: Sendable {
        var labelSelector: String?
        var fieldSelector: String?
        var keeps: (@Sendable (JSONValue) -> Bool)?
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        let output = ListOutput(resource: resource, context: context, claims: session.claims)
        var result = ListResult()
        for selection in selections {
            result.add(
                try await session.client.list(
                    resource, namespace: namespace, labelSelector: selection.labelSelector,
                    fieldSelector: selection.fieldSelector,
                    options: ListOptions(limit: Self.pageSize, maxItemBytes: Self.maxObjectBytes),
                    // What came already is in the bundle and stays: of what comes again only new objects are kept.
                    onRestart: { _ in }
                ) { item in
                    try await keep(item, selection, output)
                })
        }
        if keepsEmptyList, resource.namespaced, let namespace, output.count == 0 {
            try await output.openEmpty(namespace)
        }
        try await output.close(resourceVersion: result.resourceVersion)
        session.lists.note(resource, namespace: namespace, result)
        if let isWhole {
            let lost = output.leftOut.filter { !isWhole($0.key) }
            if !lost.isEmpty {
                return .partial(
                    "OtherList",
                    "left out \(lost.values.reduce(0, +)) objects in \(lost.keys.sorted().prefix(5).joined(separator: ", ")): "
                        + "the list of the target there has only what belongs to it")
            }
        }
        return outcome(result, count: output.count)
    }

    private func outcome(_ result: ListResult, count: Int) -> Outcome {
        if result.oversizedCount > 0 {
            let named = result.oversized.prefix(3).compactMap(\.name).joined(separator: ", ")
            return .partial(
                "TooLarge",
                "left out \(result.oversizedCount) objects larger than \(Self.maxObjectBytes >> 20) MiB\(named.isEmpty ? "" : ": \(named)")"
            )
        }
        if result.restarted || result.inconsistent {
            return .partial(
                "Expired",
                "the list expired while it was read and went on in a newer state: its objects are not of one moment")
        }
        return count == 0 ? .empty : .ok
    }

    private func keep(_ item: ArraySlice<UInt8>, _ selection: Selection, _ output: ListOutput) async throws {
        let kind = resource.kind
        let isSecret = SecretRedactor.concerns(kind: kind)
        guard relations != nil || selection.keeps != nil || found != nil || isSecret else {
            return try await output.append(item, head: try ObjectHead(item))
        }
        let object = try JSONValue(parsing: item)
        if let relations, !relations.admit(kind: kind, object, always: keepsAll) { return }
        if let keeps = selection.keeps, !keeps(object) { return }
        let metadata = ObjectMetadata(object)
        // What is planned from a pod bears its name in the ledger: one that no pod can have is kept in the list only.
        if let found, ObjectMetadata.isName(metadata.name) { found(PodSummary(object)) }
        let head = ObjectHead(namespace: metadata.namespace, name: metadata.name, uid: metadata.uid)
        if isSecret {
            let kept = session.redactor.redacted(kind: kind, object).serialized()
            try await output.append(kept[...], head: head)
        } else {
            try await output.append(item, head: head)
        }
    }
}

extension ListResult {
    /// Takes in how a further reading of the same resource ended.
    fileprivate mutating func add(_ next: ListResult) {
        if resourceVersion.isEmpty { resourceVersion = next.resourceVersion }
        oversizedCount += next.oversizedCount
        oversized += next.oversized
        restarted = restarted || next.restarted
        inconsistent = inconsistent || next.inconsistent
    }
}
