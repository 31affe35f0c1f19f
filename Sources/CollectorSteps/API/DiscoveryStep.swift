internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `discovery`: what the API server says that it serves, in each form that clients ask for.
struct DiscoveryStep: ClusterStepKind {
    static let kind = StepKind(
        "discovery", scopes: [.cluster],
        summary:
            "What the API server says that it serves, byte for byte: its version, its groups, the resources of each group version, and all of it in one document (aggregated discovery) where the server has that. Once for a run.",
        source: .api,
        output: .fixed([
            "cluster/api/version.json", "cluster/api/api.json", "cluster/api/apis.json",
            "cluster/api/api.aggregated.json", "cluster/api/apis.aggregated.json", "cluster/api/api/<version>.json",
            "cluster/api/apis/<group>/<version>.json",
        ]))

    /// As kubectl asks, newest first. A server that knows none of them answers with its list of groups.
    private static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let documents = DocumentStep(session: session, definition: definition, step: step)
        let versions = session.discovery.groups.flatMap { group in
            group.versions.map { group.name.isEmpty ? ["api", $0] : ["apis", group.name, $0] }
        }
        return [documents.attempt(APIDocument(["version"]))]
            + ["api", "apis"].map { root in
                let document = APIDocument([root])
                return documents.attempt(Target(resource: document.name), document.name) { context in
                    let outcome = try await document.capture(session, context)
                    var aggregated = document
                    aggregated.accept = Self.aggregated
                    aggregated.file = APIDocument.file([root], ending: "aggregated.json")
                    // Its Go type begins with kind and apiVersion. Else the server sent what is kept already.
                    _ = try await aggregated.capture(session, context) { beginning in
                        String(decoding: beginning.prefix(256), as: UTF8.self).contains("\"APIGroupDiscoveryList\"")
                    }
                    return outcome
                }
            } + documents.bounded(versions, "group versions") { documents.attempt(APIDocument($0)) }
    }
}
