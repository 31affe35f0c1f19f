/// Answers `GET …/pods/POD/log`.
struct LogEndpoint: Sendable {
    private let capture: ServedCapture

    init(_ capture: ServedCapture) {
        self.capture = capture
    }

    /// - Throws: ``APIFailure``, in the words of the API server and the kubelet.
    func respond(namespace: String, pod: String, to request: APIRequest) async throws -> APIResponse {
        throw APIFailure.noSuchPath
    }
}
