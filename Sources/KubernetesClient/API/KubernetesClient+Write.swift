internal import NIOHTTP1
internal import StructuredText

/// How an object is removed. Source: k8s.io/apimachinery `meta/v1` DeleteOptions.
public struct RemovalOptions: Hashable, Sendable {
    /// What a pod is given to end, in seconds; nil: what its spec says.
    public var graceSeconds: Int?
    /// Only this very object, not one that has its name meanwhile; nil: whatever has the name.
    public var uid: String?

    public init(graceSeconds: Int? = nil, uid: String? = nil) {
        self.graceSeconds = graceSeconds
        self.uid = uid
    }
}

extension KubernetesClient {
    /// Creates an object. It is asked for once: after a connection that was lost nobody knows whether it is there.
    ///
    /// - Parameters:
    ///   - namespace: nil for what has none.
    ///   - object: with `apiVersion`, `kind` and `metadata`.
    ///   - dryRun: the server does all but keep it: it asks who may, and what admission says. Source: kubernetes.io, "Dry-run".
    /// - Returns: the object as the server keeps it, or would.
    public func create(
        _ resource: APIResource, namespace: String?, _ object: [UInt8], dryRun: Bool = false
    ) async throws(KubernetesError) -> [UInt8] {
        let place = namespace.map { " in namespace \($0)" } ?? ""
        return try await transport.bytes(
            .init(
                doing: "creating one of \(resource.qualifiedName)\(place)".printable(limit: 400), method: .POST,
                path: try resource.path(namespace: namespace), query: dryRun ? [("dryRun", "All")] : [], body: object,
                // Nothing is there after a dry run, however often.
                retry: dryRun ? nil : RetryPolicy.none),
            maxBytes: options.maxObjectBytes)
    }

    /// Removes an object. What removes nothing the second time may be asked for again, as a read is.
    ///
    /// - Returns: when the server has taken note, which is before the object is gone.
    public func remove(
        _ resource: APIResource, namespace: String?, name: String, _ removal: RemovalOptions = RemovalOptions()
    ) async throws(KubernetesError) {
        var body: JSONObject = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        ]
        if let seconds = removal.graceSeconds { body["gracePeriodSeconds"] = JSONValue(seconds) }
        if let uid = removal.uid { body["preconditions"] = ["uid": .string(uid)] }
        let place = namespace.map { " in namespace \($0)" } ?? ""
        _ = try await transport.bytes(
            .init(
                doing: "removing \(resource.qualifiedName)/\(name)\(place)".printable(limit: 400), method: .DELETE,
                path: try resource.path(namespace: namespace, name: name),
                body: JSONValue.object(body).serialized()),
            maxBytes: options.maxObjectBytes)
    }
}
