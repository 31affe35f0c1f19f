internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `access`: who the one that captures is to the API server, and what he may do.
struct AccessStep: ClusterStepKind {
    static let kind = StepKind(
        "access", scopes: [.cluster],
        summary:
            "What the account that captures may do in each namespace of the target (SelfSubjectRulesReview), and who it is to the API server where that says so (SelfSubjectReview), as answered. Reviews create nothing.",
        source: .api,
        output: .fixed(["cluster/api/access/rules/<namespace>.json", "cluster/api/access/self.json"]))

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt] {
        let documents = DocumentStep(session: session, definition: definition, step: step)
        let identity = session.discovery.preferredResources.first {
            $0.group == "authentication.k8s.io" && $0.resource == "selfsubjectreviews"
        }
        let who = [identity].compactMap(\.self).map { identity in
            documents.attempt(Target(resource: identity.qualifiedName), identity.qualifiedName) { context in
                try await keep(try await session.client.selfReviewDocument(identity), ["self"], context)
            }
        }
        return who
            + documents.bounded(captured.namespaces, "namespaces") { namespace in
                let target = Target.resource("selfsubjectrulesreviews.authorization.k8s.io", namespace: namespace)
                return documents.attempt(target, "in \(namespace)") { context in
                    let rules = try await session.client.rulesReviewDocument(namespace: namespace)
                    return try await keep(rules, ["rules", namespace], context)
                }
            }
    }

    private func keep(_ review: [UInt8], _ name: [String], _ context: AttemptContext) async throws -> Outcome {
        guard !review.isEmpty else { return .empty }
        try await context.entry(APIDocument.file(["access"] + name), media: .json, bytes: review)
        return .ok
    }
}
