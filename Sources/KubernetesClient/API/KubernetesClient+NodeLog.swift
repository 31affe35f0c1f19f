extension KubernetesClient {
    /// How long a kubelet may take to begin with a file: it only opens it.
    private static let nodeLogPatience = Duration.seconds(5)

    /// Streams a file below a node's `/var/log` to `chunk` as its kubelet serves it, byte for byte (at most a few hundred KiB at a
    /// time, cut anywhere). The slice is only lent.
    ///
    /// It takes the right to get `nodes/proxy`, and a kubelet with `enableSystemLogHandler`, which is the default. Tried once: what a
    /// kubelet refuses here can often be had in another way. The kubelet follows links, so the file may be any of the node.
    ///
    /// A failure midway throws; what was handed out until then is the file's beginning. Errors of `chunk` go through, and end the
    /// request.
    ///
    /// Source: k8s.io/kubernetes, pkg/kubelet/server/server.go, `/logs/`.
    ///
    /// - Parameter file: its path below `/var/log`, as segments.
    public func nodeLog(
        node: String, file: [String], chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let doing = "reading the log file \(file.joined(separator: "/")) of node \(node)".printable(limit: 400)
        var request = HTTPTransport.Request(
            doing: doing,
            path: try RequestPath.join(["api", "v1", "nodes", node, "proxy", "logs"] + file, doing: doing),
            accept: "*/*")
        request.retry = RetryPolicy.none
        request.firstBytesTimeout = Self.nodeLogPatience
        try await transport.stream(request) { next in
            while let bytes = try await next() { try await chunk(bytes[...]) }
        }
    }

    /// Whether there is such a file below a node's `/var/log`; see ``nodeLog(node:file:chunk:)``.
    public func hasNodeLog(node: String, file: [String]) async throws -> Bool {
        do {
            try await nodeLog(node: node, file: file) { _ in throw Found() }
            return true
        } catch is Found {
            return true
        } catch let error as KubernetesError where error.code == .notFound {
            return false
        }
    }
}

private struct Found: Error {}
