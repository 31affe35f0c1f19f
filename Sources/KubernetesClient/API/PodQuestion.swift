/// A GET to a port of a pod, which the API server sends on (`pods/proxy`): no route to the pod is needed.
public struct PodQuestion: Sendable, Hashable {
    /// One item of a query, not encoded.
    public struct QueryItem: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var namespace: String
    public var pod: String
    /// The API server speaks TLS to the pod then, and does not verify whose certificate that is.
    public var isTLS: Bool
    public var port: Int
    /// Absolute and encoded, without a query.
    public var path: String
    public var query: [QueryItem]
    /// The media types to ask for.
    public var accept: String

    public init(
        namespace: String, pod: String, isTLS: Bool = false, port: Int, path: String, query: [QueryItem] = [],
        accept: String = "*/*"
    ) {
        self.namespace = namespace
        self.pod = pod
        self.isTLS = isTLS
        self.port = port
        self.path = path
        self.query = query
        self.accept = accept
    }

    /// The path and query of the request that the API server gets, as `kubectl get --raw` takes it.
    public var serverPath: String {
        get throws(KubernetesError) {
            let request = try request
            return request.path + RequestPath.query(request.query)
        }
    }

    /// Whether a path may be asked for: absolute, encoded, without a query, dot segments and empty segments but the last.
    public static func isPath(_ path: String) -> Bool {
        RequestPath.isValidPath(path) && !path.contains("//") && RequestPath.hasOnlyWholeEscapes(path)
    }

    /// How the API server wants it. Source: k8s.io/apimachinery `util/net` SplitSchemeNamePort; without a scheme it is http.
    var name: String { "\(isTLS ? "https:" : "")\(pod):\(port)" }

    var request: HTTPTransport.Request {
        get throws(KubernetesError) {
            let doing = "asking pod \(namespace)/\(pod) at port \(port)".printable(limit: 400)
            guard Self.isPath(path), (1...65_535).contains(port) else {
                throw KubernetesError(
                    code: .badArgument, doing: doing, subject: path.printable(limit: 200),
                    reason: "it is not an absolute, encoded path, or \(port) is no port")
            }
            let base = try APIResource.pods.path(namespace: namespace, name: name, subresource: "proxy")
            return HTTPTransport.Request(
                doing: doing, path: base + path, query: query.map { ($0.name, $0.value) }, accept: accept,
                // As it is: neither side packs what the other would have to unpack.
                headers: [("Accept-Encoding", "identity")])
        }
    }
}
