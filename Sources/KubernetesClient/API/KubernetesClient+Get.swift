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
        try await transport.bytes(try Self.request(path, query, accept), maxBytes: maxBytes)
    }

    /// Streams the answer for any path to `chunk`, byte for byte, as it comes (at most a few hundred KiB at a time, cut anywhere);
    /// the server waits while `chunk` does. The slice is only lent.
    ///
    /// A failure midway throws; what was handed out until then is the answer's beginning. Errors of `chunk` go through.
    ///
    /// - Parameters:
    ///   - path: absolute and encoded, without a query.
    ///   - accept: the media types to ask for.
    public func stream(
        path: String, query: [(String, String)] = [], accept: String,
        chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let request = try Self.request(path, query, accept)
        try await transport.stream(request) { next in
            while let bytes = try await next() { try await chunk(bytes[...]) }
        }
    }

    private static func request(
        _ path: String, _ query: [(String, String)], _ accept: String
    ) throws(KubernetesError) -> HTTPTransport.Request {
        guard RequestPath.isValidPath(path) else {
            throw KubernetesError(
                code: .badArgument, doing: "getting a path", subject: path.printable(limit: 200),
                reason: "it is not an absolute, encoded path")
        }
        return .init(doing: "getting \(path)", path: path, query: query, accept: accept)
    }
}
