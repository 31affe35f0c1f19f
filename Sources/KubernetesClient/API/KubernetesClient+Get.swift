extension KubernetesClient {
    /// Gets one object as JSON, as the server sent it, up to ``ClientOptions/maxObjectBytes``.
    ///
    /// - Parameter namespace: nil for what has none.
    public func get(
        _ resource: APIResource, namespace: String?, name: String
    ) async throws(KubernetesError) -> [UInt8] {
        let path = try resource.path(namespace: namespace, name: name)
        let place = namespace.map { " in namespace \($0)" } ?? ""
        return try await transport.bytes(
            .init(doing: "getting \(resource.qualifiedName)/\(name)\(place)".printable(limit: 400), path: path),
            maxBytes: options.maxObjectBytes)
    }

    /// Gets any path, as in "/readyz" or "/openapi/v2".
    ///
    /// - Parameters:
    ///   - path: absolute and encoded, without a query.
    ///   - accept: the media types to ask for.
    public func get(
        path: String, query: [(String, String)] = [], maxBytes: Int, accept: String = "application/json, */*"
    ) async throws(KubernetesError) -> [UInt8] {
        guard RequestPath.isValidPath(path) else {
            throw KubernetesError(
                code: .badArgument, doing: "getting a path", subject: path.printable(limit: 200),
                reason: "it is not an absolute, encoded path")
        }
        return try await transport.bytes(
            .init(doing: "getting \(path)", path: path, query: query, accept: accept), maxBytes: maxBytes)
    }
}
