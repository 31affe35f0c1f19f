/// Answers metrics.k8s.io/v1beta1 from what the kubelets said of usage.
struct MetricsEndpoint: Sendable {
    private let capture: ServedCapture

    init(_ capture: ServedCapture) {
        self.capture = capture
    }

    /// Whether any usage was captured: else the group is not served.
    func isServed() async throws -> Bool { false }

    /// - Parameters:
    ///   - resource: `pods` or `nodes`.
    ///   - namespace: nil for all.
    ///   - name: nil for a list.
    func respond(
        _ resource: String, namespace: String?, name: String?, to request: APIRequest
    ) async throws -> APIResponse {
        throw APIFailure.noSuchPath
    }
}
