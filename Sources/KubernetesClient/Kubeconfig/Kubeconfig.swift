internal import StructuredText

/// Clusters, users and the contexts that pair them, merged from wherever kubectl would look.
public struct Kubeconfig: Sendable {
    public struct Context: Hashable, Sendable {
        public var name: String
        public var cluster: String
        public var user: String
        /// Nil when the context names none.
        public var namespace: String?
        /// The file that defines it.
        public var source: String
    }

    struct Cluster: Sendable {
        var server: String
        var certificateAuthority: ClusterAccess.Material?
        var insecureSkipTLSVerify = false
        var tlsServerName: String?
        var proxyURL: String?
        /// For the credential plugin of whoever uses it.
        var pluginConfiguration: JSONValue?
    }

    struct User: Sendable {
        var clientCertificate: ClusterAccess.Material?
        var clientKey: ClusterAccess.Material?
        var token: String?
        var tokenFile: String?
        var username: String?
        var password: String?
        var impersonation: ClusterAccess.Impersonation?
        var plugin: CredentialPlugin?
        /// Why it cannot be used.
        var refusal: Refusal?
    }

    /// In the order of the files.
    public internal(set) var contexts: [Context] = []
    public internal(set) var currentContext: String?
    /// The files that were read, or "in-cluster service account".
    public internal(set) var sources: [String] = []
    var clusters: [String: Cluster] = [:]
    var users: [String: User] = [:]
    var environmentProxies = EnvironmentProxies([:])

    /// Adds what an earlier file did not define: the first to define a name wins, with the whole entry.
    mutating func merge(_ file: KubeconfigFile) {
        sources.append(file.path)
        currentContext = currentContext ?? file.currentContext
        clusters.merge(file.clusters) { first, _ in first }
        users.merge(file.users) { first, _ in first }
        contexts += file.contexts.filter { new in !contexts.contains { $0.name == new.name } }
    }

    /// Resolves a context to what is needed to connect. Files that it names are not read yet.
    ///
    /// - Parameters:
    ///   - context: nil takes the current context.
    ///   - namespace: goes before the namespace of the context.
    /// - Throws: ``KubernetesError/Code/unknownContext``, ``KubernetesError/Code/unsupportedCredential`` or
    ///   ``KubernetesError/Code/badKubeconfig``.
    public func access(context: String?, namespace: String? = nil) throws(KubernetesError) -> ClusterAccess {
        let chosen = try self.context(named: context)
        let doing = "using the context \(chosen.name.printable(limit: 120))"
        func fail(
            _ code: KubernetesError.Code, _ reason: String, _ advice: String
        ) -> KubernetesError {
            KubernetesError(code: code, doing: doing, subject: chosen.source, reason: reason, advice: advice)
        }
        guard let cluster = clusters[chosen.cluster] else {
            throw fail(
                .badKubeconfig, "it names the cluster '\(chosen.cluster.printable(limit: 120))', which is not defined",
                "Add the cluster to the kubeconfig, or choose another context: \(contextNames)")
        }
        guard let server = ServerURL(cluster.server) else {
            throw fail(
                .badKubeconfig, "its server '\(cluster.server.printable(limit: 200))' is not an http or https URL",
                "Correct the cluster's server in \(chosen.source)")
        }
        // A context without a user is anonymous; one that names a user who is not there is a mistake.
        guard let user = chosen.user.isEmpty ? User() : users[chosen.user] else {
            throw fail(
                .badKubeconfig, "it names the user '\(chosen.user.printable(limit: 120))', which is not defined",
                "Add the user to the kubeconfig, or choose another context: \(contextNames)")
        }
        if let refusal = user.refusal { throw fail(refusal.code, "its user \(refusal.reason)", refusal.advice) }
        var access = ClusterAccess(server: server.text)
        do {
            access.proxy = try proxy(of: cluster, for: server)
        } catch {
            throw fail(
                .badKubeconfig, "\(error.source) names no proxy: \(error.cause.reason)",
                "Name a proxy as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, perhaps with USER:PASSWORD@ "
                    + "before the host")
        }
        access.certificateAuthority = cluster.certificateAuthority
        access.insecureSkipTLSVerify = cluster.insecureSkipTLSVerify
        access.tlsServerName = cluster.tlsServerName
        access.clientCertificate = user.clientCertificate
        access.clientKey = user.clientKey
        access.token = user.token
        access.tokenFile = user.tokenFile
        access.username = user.username
        access.password = user.password
        access.plugin = user.plugin
        access.plugin?.clusterConfiguration = cluster.pluginConfiguration
        access.impersonation = user.impersonation
        access.namespace = namespace ?? chosen.namespace ?? "default"
        access.contextName = chosen.name
        access.clusterName = chosen.cluster
        access.userName = chosen.user
        access.source = chosen.source
        return access
    }

    /// That of the cluster goes before those of the environment, and then no exception holds, as for kubectl.
    private func proxy(
        of cluster: Cluster, for server: ServerURL
    ) throws(EnvironmentProxies.Unusable) -> ClusterProxy? {
        guard let text = cluster.proxyURL, !text.isEmpty else { return try environmentProxies.proxy(for: server) }
        let source = "proxy-url of the cluster"
        do {
            return try ClusterProxy(text, source: source)
        } catch {
            throw EnvironmentProxies.Unusable(source: source, cause: error)
        }
    }

    private func context(named name: String?) throws(KubernetesError) -> Context {
        guard let wanted = name ?? currentContext else {
            throw KubernetesError(
                code: .unknownContext, doing: "choosing a context", subject: sources.joined(separator: ", "),
                reason: "the kubeconfig sets no current context",
                advice: contexts.isEmpty ? "It defines no contexts either" : "Choose one of: \(contextNames)")
        }
        guard let context = contexts.first(where: { $0.name == wanted }) else {
            throw KubernetesError(
                code: .unknownContext, doing: "choosing a context", subject: sources.joined(separator: ", "),
                reason: "there is no context '\(wanted.printable(limit: 120))'",
                advice: contexts.isEmpty ? "The kubeconfig defines none" : "Choose one of: \(contextNames)")
        }
        return context
    }

    private var contextNames: String {
        let names = contexts.prefix(40).map { $0.name.printable(limit: 120) }.joined(separator: ", ")
        return contexts.count > 40 ? "\(names) and \(contexts.count - 40) more" : names
    }
}
