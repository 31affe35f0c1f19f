internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Step kind `openapi`: the schemas of everything that the API server serves.
struct OpenAPIStep: ClusterStepKind {
    static let kind = StepKind(
        "openapi", scopes: [.cluster],
        summary:
            "The schemas of all that the API server serves, byte for byte: OpenAPI v2 as JSON and as protobuf (the only form in which kubectl reads it), and each document of OpenAPI v3 where the server has that. Once for a run.",
        source: .api,
        output: .fixed([
            "cluster/api/openapi/v2.json", "cluster/api/openapi/v2.pb", "cluster/api/openapi/v3.json",
            "cluster/api/openapi/v3/….json",
        ]))

    /// The name of the protobuf that every version of the server knows. Source: k8s.io/kube-openapi `pkg/handler`.
    private static let protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    private static let maxIndexBytes = 4 << 20

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    private var documents: DocumentStep { DocumentStep(session: session, definition: definition, step: step) }

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let json = APIDocument(["openapi", "v2"])
        var binary = json
        binary.accept = Self.protobuf
        binary.file = APIDocument.file(json.segments, ending: "pb")
        binary.media = .binary
        let index = APIDocument(["openapi", "v3"])
        var parts = documents.attempt(Target(resource: index.name), index.name, isOptional: true) { context in
            try await documentsOf(index, context)
        }
        parts.leadsTo = "each document that it lists"
        return [json, binary].map { documents.attempt($0, isOptional: true) } + [parts]
    }

    /// Reads which documents there are; each is then an attempt of its own.
    private func documentsOf(_ index: APIDocument, _ context: AttemptContext) async throws -> Outcome {
        let bytes = try await session.client.get(
            path: index.name, maxBytes: Self.maxIndexBytes, accept: index.accept)
        guard !bytes.isEmpty else { return .empty }
        try await context.entry(index.file, media: index.media, bytes: bytes)
        guard let paths = (try? JSONValue(parsing: bytes))?["paths"]?.object else {
            return .partial("NotAnIndex", "the answer lists no documents")
        }
        // Its keys are paths. Where the server would have them fetched from (the same, with a hash for caches) is not followed.
        session.followUps.add(
            documents.bounded(paths.keys, "documents of \(index.name)") { key in
                documents.attempt(
                    APIDocument(
                        index.segments + key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)))
            })
        return .ok
    }
}
