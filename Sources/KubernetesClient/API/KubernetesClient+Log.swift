/// Which part of a container's log is wanted. Source: k8s.io/api `core/v1` PodLogOptions.
public struct LogOptions: Sendable {
    /// Nil when the pod has only one.
    public var container: String?
    /// The log of the container's previous run.
    public var previous: Bool
    /// Each line begins with its time (RFC 3339, nanoseconds).
    public var timestamps: Bool
    public var sinceSeconds: Int?
    /// RFC 3339.
    public var sinceTime: String?
    public var tailLines: Int?
    /// The server stops after so many bytes; so does this client, should the server not keep to it.
    public var limitBytes: Int?

    public init(
        container: String? = nil, previous: Bool = false, timestamps: Bool = false, sinceSeconds: Int? = nil,
        sinceTime: String? = nil, tailLines: Int? = nil, limitBytes: Int? = nil
    ) {
        self.container = container
        self.previous = previous
        self.timestamps = timestamps
        self.sinceSeconds = sinceSeconds
        self.sinceTime = sinceTime
        self.tailLines = tailLines
        self.limitBytes = limitBytes
    }

    var query: [(String, String)] {
        var query: [(String, String)] = []
        if let container { query.append(("container", container)) }
        if previous { query.append(("previous", "true")) }
        if timestamps { query.append(("timestamps", "true")) }
        if let sinceSeconds { query.append(("sinceSeconds", String(sinceSeconds))) }
        if let sinceTime { query.append(("sinceTime", sinceTime)) }
        if let tailLines { query.append(("tailLines", String(tailLines))) }
        if let limitBytes { query.append(("limitBytes", String(limitBytes))) }
        return query
    }
}

/// How a log ended.
public struct LogResult: Hashable, Sendable {
    /// Bytes handed out.
    public var byteCount = 0
    /// Whether ``LogOptions/limitBytes`` was reached: there may be more.
    public var isCutOff = false
}

extension KubernetesClient {
    /// Streams a container's log to `chunk`, which gets whatever has arrived (at most a few hundred KiB, cut anywhere); the
    /// server waits while `chunk` does. The slice is only lent.
    ///
    /// A failure midway throws; what was handed out until then is the log's beginning. Errors of `chunk` go through, and end the
    /// request.
    public func log(
        namespace: String, pod: String, options: LogOptions = LogOptions(),
        chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> LogResult {
        let container = options.container.map { " container \($0)" } ?? ""
        let which = options.previous ? "previous log" : "log"
        var request = HTTPTransport.Request(
            doing: "reading the \(which) of pod \(namespace)/\(pod)\(container)".printable(limit: 400),
            path: try APIResource.pods.path(namespace: namespace, name: pod, subresource: "log"), query: options.query,
            accept: "*/*", kind: .log)
        request.wantsWhole = true
        return try await transport.stream(request) { next in
            var result = LogResult()
            while let bytes = try await next() {
                let room = options.limitBytes.map { max(0, $0 - result.byteCount) } ?? .max
                let piece = bytes.prefix(room)
                result.byteCount += piece.count
                if !piece.isEmpty { try await chunk(piece) }
                // The server counts the same way: a log that ends exactly at the limit looks cut off, too.
                if bytes.count >= room {
                    result.isCutOff = true
                    break
                }
            }
            return result
        }
    }
}
