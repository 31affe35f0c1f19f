internal import NIOHTTP1

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The headers of every request: who asks, and as whom.
struct Credentials: Sendable {
    let tokens: TokenSource
    private let basic: String?
    private let impersonation: ClusterAccess.Impersonation?
    private let userAgent: String
    private let isTLS: Bool

    init(access: ClusterAccess, options: ClientOptions, isTLS: Bool) {
        tokens = TokenSource(access: access)
        basic = access.username.map { name in
            "Basic " + Data("\(name):\(access.password ?? "")".utf8).base64EncodedString()
        }
        impersonation = access.impersonation
        userAgent = options.userAgent
        self.isTLS = isTLS
    }

    /// - Returns: also the token that is in them, to tell later whether it has rotated.
    func headers(host: String) throws(KubernetesError) -> (headers: HTTPHeaders, token: String?) {
        var headers = HTTPHeaders([("Host", host), ("User-Agent", userAgent)])
        // Secrets do not go over a connection that anyone can read; kubectl does the same.
        guard isTLS else { return (headers, nil) }
        let token = try tokens.token()
        if let token {
            headers.add(name: "Authorization", value: "Bearer \(token)")
        } else if let basic {
            headers.add(name: "Authorization", value: basic)
        }
        if let impersonation {
            headers.add(name: "Impersonate-User", value: impersonation.user)
            if let uid = impersonation.uid { headers.add(name: "Impersonate-Uid", value: uid) }
            for group in impersonation.groups { headers.add(name: "Impersonate-Group", value: group) }
            for (key, values) in impersonation.extra.sorted(by: { $0.key < $1.key }) {
                for value in values {
                    headers.add(name: "Impersonate-Extra-\(RequestPath.encode(key))", value: value)
                }
            }
        }
        return (headers, token)
    }
}
