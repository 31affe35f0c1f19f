internal import NIOHTTP1
internal import Synchronization

/// Which part of a file of a node came.
public struct NodeLogPart: Sendable, Hashable {
    /// Where in the file it begins, in bytes.
    public var start: UInt64
    /// Bytes of the whole file; nil where the kubelet did not say: it sends the file from its beginning.
    public var size: UInt64?

    /// Of an answer's head.
    ///
    /// - Parameter range: its `Content-Range`, as in `bytes 200-299/300`. Source: RFC 9110, section 14.4. Of an empty file the
    ///   kubelet of Kubernetes 1.20 says `bytes 0--1/0`.
    /// - Returns: nil when it is part of the file and does not say which.
    package init?(status: UInt, range: String?) {
        guard status == 206 else {
            (start, size) = (0, nil)
            return
        }
        let parts = range?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, parts[0].hasPrefix("bytes "), let size = UInt64(parts[1]),
            let start = UInt64(parts[0].dropFirst(6).prefix { $0 != "-" }), start <= size
        else { return nil }
        (self.start, self.size) = (start, size)
    }
}

extension KubernetesClient {
    /// How long a kubelet may take to begin with a file: it only opens it.
    private static let nodeLogPatience = Duration.seconds(5)
    /// Longer than what stands before the first line of a log.
    private static let nodeLogFirstBytes = 256

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
        var request = try nodeLogRequest(node: node, file: file)
        request.firstBytes = Self.nodeLogFirstBytes
        request.wantsWhole = true
        try await transport.stream(request) { next in
            while let bytes = try await next() { try await chunk(bytes[...]) }
        }
    }

    private func nodeLogRequest(node: String, file: [String]) throws -> HTTPTransport.Request {
        let doing = "reading the log file \(file.joined(separator: "/")) of node \(node)".printable(limit: 400)
        var request = HTTPTransport.Request(
            doing: doing,
            path: try RequestPath.join(["api", "v1", "nodes", node, "proxy", "logs"] + file, doing: doing),
            accept: "*/*")
        request.retry = RetryPolicy.none
        request.firstBytesTimeout = Self.nodeLogPatience
        return request
    }

    /// The same of the file's last bytes only; a kubelet that does not send parts sends it from its beginning.
    ///
    /// - Parameter last: so many bytes, or the whole file if it has fewer.
    /// - Parameter chunk: gets which part it is with each piece of it; is not called for a file without content.
    public func nodeLog(
        node: String, file: [String], last: UInt64,
        chunk: (NodeLogPart, ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let answer = Mutex<(status: UInt, range: String?)>((0, nil))
        var request = try nodeLogRequest(node: node, file: file)
        request.headers = [("Range", "bytes=-\(last)")]
        request.answered = { status, headers in
            answer.withLock { $0 = (status, headers.first(name: "Content-Range")) }
        }
        let doing = request.doing
        try await transport.stream(request) { next in
            while let bytes = try await next() {
                let (status, range) = answer.withLock { $0 }
                guard let part = NodeLogPart(status: status, range: range) else {
                    throw KubernetesError(
                        code: .badResponse, doing: doing, subject: (range ?? "").printable(limit: 100),
                        reason: "the kubelet sends a part of the file and does not say which")
                }
                try await chunk(part, bytes[...])
            }
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
