internal import Collection
internal import KubernetesClient
internal import StructuredText

// How the start of an agent would end, without making anything.

extension NodeAgents {
    /// Looks whether the namespace is there: where it is not, somebody has to be allowed to make it.
    ///
    /// - Parameter reach: whether the server may be asked for more than what is there.
    func look(_ reach: Foresight.Reach) async {
        do {
            _ = try await api.get(AgentStart.namespaces, namespace: nil, name: policy.namespace)
        } catch {
            lacksNamespace =
                switch error.code {
                case .notFound: true
                // Whoever may not see it hears it when a pod is made in it; who may not make one needs all of it.
                case .forbidden: await mayMakePods() ? await isRefusedAsMissing(reach) : true
                default: false
                }
        }
    }

    private func mayMakePods() async -> Bool {
        let review = try? await api.accessReview(
            verb: "create", group: "", resource: "pods", namespace: policy.namespace)
        return review?.allowed ?? true
    }

    private func isRefusedAsMissing(_ reach: Foresight.Reach) async -> Bool {
        guard reach == .connecting else { return false }
        do {
            _ = try await rehearse(manifest("any"))
            return false
        } catch {
            return error.code == .notFound
        }
    }

    /// The namespace as it would be made; nil when it seems to be there, or was not looked for.
    var missingNamespace: JSONObject? { lacksNamespace ? AgentManifest.namespace(policy.namespace) : nil }

    /// Has the server do all but make a pod.
    func rehearse(_ manifest: AgentManifest) async throws(KubernetesError) -> [UInt8] {
        try await api.create(
            AgentStart.pods, namespace: policy.namespace, JSONValue.object(manifest.pod).serialized(), dryRun: true)
    }
}

extension AgentStart {
    /// What speaks against the agent of this node: the node itself, and, where the server may be asked, its admission.
    func foresee(_ reach: Foresight.Reach) async throws -> Foresight {
        if let objection = try await objection() { return Foresight(objection) }
        guard reach == .connecting else { return Foresight() }
        do {
            guard let namespace = agents.missingNamespace else {
                let manifest = agents.manifest(node)
                let admitted = try JSONValue(parsing: try await agents.rehearse(manifest))
                return Foresight(Self.refusal(admitted, manifest))
            }
            _ = try await agents.api.create(
                Self.namespaces, namespace: nil, JSONValue.object(namespace).serialized(), dryRun: true)
            return Foresight()
        } catch let error as KubernetesError {
            // Source: k8s.io/apiserver, pkg/admission/plugin/webhook/errors/statuserror.go (NewDryRunUnsupportedErr).
            guard error.code == .badRequest, error.reason.contains("does not support dry run") else { throw error }
            return .unknown(TextSafety.oneLine(error.reason))
        }
    }
}
