/// Where an API server is and how to prove to it who we are: one context of a kubeconfig, resolved.
public struct ClusterAccess: Sendable {
    /// Certificates or a key: in a file (absolute path) or given in place.
    public enum Material: Hashable, Sendable {
        case file(String)
        /// PEM bytes.
        case data([UInt8])
    }

    /// Who to act as, with the rights of the user that logs in. Source: kubeconfig `as`, `as-uid`, `as-groups`, `as-user-extra`.
    public struct Impersonation: Hashable, Sendable {
        public var user: String
        public var uid: String?
        public var groups: [String]
        public var extra: [String: [String]]

        public init(user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
            self.user = user
            self.uid = uid
            self.groups = groups
            self.extra = extra
        }
    }

    /// `https://host:port`, perhaps with a path, without a slash at its end.
    public var server: String
    /// Nil trusts the system's authorities.
    public var certificateAuthority: Material?
    public var insecureSkipTLSVerify = false
    /// The name that the server's certificate must carry, when it is not the host of `server`.
    public var tlsServerName: String?
    /// Nil connects straight to the server.
    public var proxy: ClusterProxy?
    public var clientCertificate: Material?
    public var clientKey: Material?
    public var token: String?
    /// Read again while the client lives, since such tokens rotate. It goes before `token`.
    public var tokenFile: String?
    public var username: String?
    public var password: String?
    /// Asked when there is neither a token nor a user name.
    public var plugin: CredentialPlugin?
    public var impersonation: Impersonation?
    /// The namespace of the context, or `default`.
    public var namespace = "default"
    public var contextName = ""
    public var clusterName = ""
    public var userName = ""
    /// Where this came from: the file of the context, or "in-cluster service account".
    public var source = ""

    public init(server: String) {
        self.server = server
    }
}
