internal import NIOHTTP1
internal import NIOSSL

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The headers of every request: who asks, and as whom.
struct Credentials: Sendable {
    /// Who gave them, to have others after they were refused.
    enum Origin: Sendable {
        case token(String?)
        case plugin(Int)
    }

    struct Issued: Sendable {
        var headers: HTTPHeaders
        /// In place of the client's own; nil for that.
        var tls: TLSConfiguration?
        var origin = Origin.token(nil)
    }

    private let tokens: TokenSource
    private let plugin: PluginCredentials?
    private let basic: String?
    private let impersonation: ClusterAccess.Impersonation?
    private let userAgent: String
    private let isTLS: Bool

    init(access: ClusterAccess, options: ClientOptions, isTLS: Bool) {
        tokens = TokenSource(access: access)
        let isFixed = access.token != nil || access.tokenFile != nil || access.username != nil
        plugin = (isFixed ? nil : access.plugin).map {
            PluginCredentials(
                PluginRunner(plugin: $0, access: access, timeout: options.pluginTimeout),
                renewalPause: options.pluginRenewalPause)
        }
        basic = access.username.map { name in
            "Basic " + Data("\(name):\(access.password ?? "")".utf8).base64EncodedString()
        }
        impersonation = access.impersonation
        userAgent = options.userAgent
        self.isTLS = isTLS
    }

    /// Waits for the plugin, if it has to be run.
    func issue(host: String) async throws(KubernetesError) -> Issued {
        var issued = Issued(headers: HTTPHeaders([("Host", host), ("User-Agent", userAgent)]))
        addImpersonation(to: &issued.headers)
        // Secrets do not go over a connection that anyone can read; kubectl does the same.
        guard isTLS else { return issued }
        var token = try tokens.token()
        issued.origin = .token(token)
        if let plugin {
            let credential = try await plugin.credential()
            token = credential.token
            issued.tls = credential.tls
            issued.origin = .plugin(credential.number)
        }
        addIdentity(token: token, to: &issued.headers)
        return issued
    }

    /// Whether there are others than those that the server refused, which may mean that the plugin runs again.
    func renewed(after origin: Origin) async throws(KubernetesError) -> Bool {
        switch origin {
        case .token(let token): return tokens.rotated(from: token)
        case .plugin(let number):
            return try await plugin?.isRenewed(after: number) ?? false
        }
    }

    private func addIdentity(token: String?, to headers: inout HTTPHeaders) {
        if let token {
            headers.add(name: "Authorization", value: "Bearer \(token)")
        } else if let basic {
            headers.add(name: "Authorization", value: basic)
        }
    }

    /// It is no secret: whoever answers in plain HTTP (`kubectl proxy`) gets it, too. Otherwise one would be oneself without a word.
    private func addImpersonation(to headers: inout HTTPHeaders) {
        guard let impersonation else { return }
        headers.add(name: "Impersonate-User", value: impersonation.user)
        if let uid = impersonation.uid { headers.add(name: "Impersonate-Uid", value: uid) }
        for group in impersonation.groups { headers.add(name: "Impersonate-Group", value: group) }
        for (key, values) in impersonation.extra.sorted(by: { $0.key < $1.key }) {
            for value in values {
                headers.add(name: "Impersonate-Extra-\(RequestPath.encode(key))", value: value)
            }
        }
    }
}
