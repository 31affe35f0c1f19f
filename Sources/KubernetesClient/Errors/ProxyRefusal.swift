internal import NIOHTTP1

/// An answer through a proxy subresource that could be the API server's own.
struct ProxyRefusal {
    let head: HTTPResponseHead
    let body: [UInt8]

    /// More of a body is not looked at: the API server's own are short.
    static let maxBodyBytes = 16 << 10

    var status: Int { Int(head.status.code) }

    /// Whether a body has to be looked at: what the API server itself says is small, and JSON or plain text.
    static func isPossible(_ head: HTTPResponseHead) -> Bool {
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        guard head.status.code >= 400, length.map({ $0 <= maxBodyBytes }) ?? true else { return false }
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        return type.hasPrefix("application/json") || type.hasPrefix("text/plain")
    }

    func error(doing: String, subject: String) -> KubernetesError {
        HTTPRefusal(status: head.status, headers: head.headers, body: body).error(doing: doing, subject: subject)
    }

    /// What it says in the API server's manner; nil when it is not of that manner.
    var words: String? {
        if let told = KubernetesStatus(parsing: body) {
            return told.status == "Failure" && told.code == status ? told.message : nil
        }
        let text = String(decoding: body, as: UTF8.self)
        return Self.plain.contains { $0.status == status && text.hasPrefix($0.beginning) }
            ? text.printable(limit: 300) : nil
    }

    /// Whether it says that these credentials are not allowed to ask at all, as an authorizer does. Source: k8s.io/apiserver
    /// `endpoints/handlers/responsewriters/errors.go`.
    var isAuthorizers: Bool { status == 403 && words?.contains("\"pods/proxy\"") == true }

    /// What the API server says without a `v1.Status`. Source: k8s.io/apiserver `server/filters` (priority and fairness, panics);
    /// k8s.io/apimachinery `util/proxy/transport.go` of 1.20 and before.
    private static let plain: [(status: Int, beginning: String)] = [
        (429, "Too many requests, please try again later"), (500, "This request caused apiserver to panic"),
        (503, "Error: '"),
    ]
}
