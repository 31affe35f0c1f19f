internal import NIOHTTP1

/// Turns an answer other than 2xx into an error: from the `v1.Status` in its body, else from the HTTP status alone.
struct HTTPRefusal {
    /// More of an error's body is not read.
    static let maxBodyBytes = 64 << 10

    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: [UInt8]

    var kubernetesStatus: KubernetesStatus? { KubernetesStatus(parsing: body) }

    func error(doing: String, subject: String) -> KubernetesError {
        let told = kubernetesStatus
        let code = Self.code(httpStatus: Int(status.code), reason: told?.reason)
        var reason = told?.message ?? ""
        if reason.isEmpty {
            let text = String(decoding: body.prefix(300), as: UTF8.self).printable(limit: 200)
            reason = "the server answered \(status.code) \(status.reasonPhrase.printable(limit: 80))"
            if !text.isEmpty, headers.first(name: "content-type")?.hasPrefix("text/plain") == true {
                reason += ": \(text)"
            }
        }
        return KubernetesError(
            code: code, doing: doing, subject: subject, reason: reason, advice: Self.advice(code),
            httpStatus: Int(status.code), statusReason: (told?.reason).flatMap { $0.isEmpty ? nil : $0 },
            retryAfter: RetryAfter.parse(headers.first(name: "retry-after"))
                ?? told?.retryAfterSeconds.map { .seconds(min(max($0, 0), RetryAfter.maxSeconds)) })
    }

    private static func code(httpStatus: Int, reason: String?) -> KubernetesError.Code {
        switch httpStatus {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 408: .timeout
        case 409: .conflict
        case 410: .gone
        case 413: .tooLarge
        case 429: .tooManyRequests
        case 504 where reason == "Timeout": .timeout
        case 500...: .serverError
        case 400..<500: .badRequest
        default: .badResponse
        }
    }

    private static func advice(_ code: KubernetesError.Code) -> String {
        switch code {
        case .unauthorized:
            "The server does not accept these credentials: log in again, or choose another context or kubeconfig"
        case .forbidden:
            "Ask for a role that allows it, or check with: kubectl auth can-i --list"
        case .tooManyRequests: "The server is busy: try again later, or with less at a time"
        case .serverError: "See the server's own log; a broken aggregated API or webhook is a common cause"
        case .badResponse:
            "Check that the server of the context is a Kubernetes API server, not a proxy or a login page"
        default: ""
        }
    }
}
