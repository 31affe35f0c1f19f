internal import StructuredText

/// Answers metrics.k8s.io/v1beta1 from what the kubelets said of usage.
///
/// Source: sigs.k8s.io/metrics-server, pkg/api (pod.go, node.go), whose words and order these are.
package struct MetricsEndpoint: Sendable {
    private let usage: CapturedUsage

    package init(_ capture: ServedCapture) {
        usage = CapturedUsage(capture.database)
    }

    /// Whether any usage was captured: else the group is not served.
    package func isServed() async throws -> Bool { try await usage.isThere() }

    /// - Parameters:
    ///   - resource: `pods` or `nodes`.
    ///   - namespace: nil for all.
    ///   - name: nil for a list.
    package func respond(
        _ resource: String, namespace: String?, name: String?, to request: APIRequest
    ) async throws -> APIResponse {
        guard let resource = CapturedUsage.Resource(rawValue: resource) else { throw APIFailure.noSuchPath }
        guard request.flag("watch") != true else {
            throw APIFailure(
                405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        }
        let items = try await usage.items(of: resource, namespace: namespace, name: name)
        if let name {
            guard let item = items.first else {
                let full = (namespace.map { "\($0)/" } ?? "") + name
                throw APIFailure.notFound(resource.kind.lowercased(), group: "metrics.k8s.io", name: full)
            }
            return answer(Self.typed(resource.kind, item.object))
        }
        let selection = try MetricsSelection(request)
        let chosen = items.filter { selection.matches(namespace: $0.namespace, name: $0.name, labels: $0.labels) }
        var response = answer(
            Self.typed(
                resource.kind + "List",
                ["metadata": .object(JSONObject()), "items": .array(chosen.map { .object($0.object) })]))
        for gap in try await usage.gaps(resource) { response.warn(gap) }
        return response
    }

    private func answer(_ object: JSONObject) -> APIResponse {
        APIResponse(body: .bytes(JSONValue.object(object).serialized()))
    }

    private static func typed(_ kind: String, _ object: JSONObject) -> JSONObject {
        guard object["kind"] == nil else { return object }
        return JSONObject(
            [("kind", .string(kind)), ("apiVersion", .string(CapturedUsage.version))]
                + object.map { ($0.key, $0.value) })
    }
}
