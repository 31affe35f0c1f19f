internal import NIOHTTP1

extension HTTPTransport {
    /// A request, and what is wanted of its answer.
    struct Request: Sendable {
        var doing: String
        var method: HTTPMethod = .GET
        /// Encoded, beginning with a slash.
        var path: String
        var query: [(String, String)] = []
        var accept = "application/json"
        /// Beside those of every request.
        var headers: [(String, String)] = []
        /// JSON.
        var body: [UInt8]?
        /// Whether a 410 is thrown as ``ExpiredList``, with the token that it brings.
        var reportsGone = false
        /// Nil: as the client's options say.
        var retry: RetryPolicy?
        /// The longest silence before the first bytes of the answer, if shorter than that of the client's options.
        var firstBytesTimeout: Duration?
        /// How many those are.
        var firstBytes = 1
        /// Whether any answer but 200 is a refusal: 206 is a part, and would pass for the whole.
        var wantsWhole = false
        /// With what its latency is compared.
        var kind = LatencyLimit.Kind.document
        /// Called with the head of the 2xx that is answered with, before any of its body is handed out.
        var answered: (@Sendable (_ status: UInt, _ headers: HTTPHeaders) -> Void)?

        /// Whether its latency says something of the API server. Logs come from the kubelets, but are most of what it has to do.
        var isMeasured: Bool { kind == .log || RequestPath.isAnsweredByServer(path) }
        /// Whether it waits while the API server is slow: what goes through it to its groups with a dot does, too.
        var isLimited: Bool { kind == .log || !RequestPath.isAnsweredByKubelet(path) }
    }
}
