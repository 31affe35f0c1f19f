internal import NIOHTTP1
internal import StructuredText

/// Whom the server takes the user of this client for. Source: k8s.io/api `authentication/v1`.
public struct UserIdentity: Hashable, Sendable {
    /// As in "system:serviceaccount:prod:collector".
    public var name: String
    public var groups: [String]

    public init(name: String, groups: [String] = []) {
        self.name = name
        self.groups = groups
    }
}

extension KubernetesClient {
    /// Asks whom the server takes this user for (`SelfSubjectReview`, of which the server keeps nothing): Kubernetes 1.28 and later.
    public func identity() async throws(KubernetesError) -> UserIdentity {
        let doing = "asking for this user's name"
        let body: JSONValue = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        let bytes = try await transport.bytes(
            .init(doing: doing, method: .POST, path: path, body: body.serialized()), maxBytes: 1 << 20)
        guard let user = (try? JSONValue(parsing: bytes))?["status"]?["userInfo"],
            let name = user["username"]?.string
        else {
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: path, reason: "the answer is not a review of a user")
        }
        return UserIdentity(name: name, groups: (user["groups"]?.array ?? []).compactMap(\.string))
    }
}
