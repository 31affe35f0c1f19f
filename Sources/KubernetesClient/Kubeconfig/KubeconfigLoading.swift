extension Kubeconfig {
    /// Where a pod finds its service account. Source: kubernetes.io, "Accessing the Kubernetes API from a Pod".
    package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// What is looked at in the environment.
    public static let environmentNames =
        ["KUBECONFIG", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] + EnvironmentProxies.names

    /// Looks where kubectl looks: the explicit path; else the files of `KUBECONFIG`; else `~/.kube/config`; else, when that gives
    /// nothing, the service account of the pod that this runs in.
    ///
    /// - Parameter environment: the process's; ``environmentNames`` are looked at.
    /// - Throws: ``KubernetesError/Code/noKubeconfig`` when nothing is there, with what was tried;
    ///   ``KubernetesError/Code/badKubeconfig`` when a file is there but cannot be used.
    public static func load(
        explicitPath: String?, environment: [String: String]
    ) throws(KubernetesError) -> Kubeconfig {
        try load(explicitPath: explicitPath, environment: environment, serviceAccountFolder: serviceAccountFolder)
    }

    package static func load(
        explicitPath: String?, environment: [String: String], serviceAccountFolder: String
    ) throws(KubernetesError) -> Kubeconfig {
        var config = Kubeconfig()
        config.environmentProxies = EnvironmentProxies(environment)
        var tried: [String] = []
        if let explicitPath {
            guard let file = try read(explicitPath) else {
                throw KubernetesError(
                    code: .noKubeconfig, doing: "reading the kubeconfig \(explicitPath)", subject: explicitPath,
                    reason: "there is no such file", advice: "Check the path given with --kubeconfig")
            }
            config.merge(file)
            return config
        }
        var paths: [String] = []
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            paths = list.split(separator: ":").map(String.init)
            tried = paths.map { "\($0) (from KUBECONFIG)" }
        } else if let home = environment["HOME"], !home.isEmpty {
            paths = ["\(home)/.kube/config"]
            tried = paths
        }
        for path in paths {
            if let file = try read(path) { config.merge(file) }
        }
        if !config.contexts.isEmpty || !config.clusters.isEmpty { return config }
        if let inside = inCluster(environment: environment, folder: serviceAccountFolder) { return inside }
        guard config.sources.isEmpty else { return config }
        tried.append("the service account of a pod (this is not one)")
        throw KubernetesError(
            code: .noKubeconfig, doing: "looking for a kubeconfig", subject: paths.joined(separator: ", "),
            reason: "none of these is there: \(tried.joined(separator: ", "))",
            advice: "Name one with --kubeconfig or in the environment variable KUBECONFIG")
    }

    /// Nil when there is no file.
    private static func read(_ path: String) throws(KubernetesError) -> KubeconfigFile? {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: KubeconfigFile.maxBytes)
        } catch {
            if error.isMissing { return nil }
            throw KubeconfigFile.bad(path, error.reason, advice: "Make it readable, or name another with --kubeconfig")
        }
        return try KubeconfigFile(path: path, bytes: bytes)
    }

    private static func inCluster(environment: [String: String], folder: String) -> Kubeconfig? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            (try? BoundedFile.read("\(folder)/token", limit: TokenSource.maxBytes)) != nil
        else { return nil }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let namespace = (try? BoundedFile.read("\(folder)/namespace", limit: 1024))
            .map {
                String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            }
        let name = "in-cluster"
        var config = Kubeconfig()
        config.environmentProxies = EnvironmentProxies(environment)
        config.sources = ["in-cluster service account"]
        config.currentContext = name
        config.contexts = [
            Context(
                name: name, cluster: name, user: name, namespace: namespace.flatMap { $0.isEmpty ? nil : $0 },
                source: config.sources[0])
        ]
        config.clusters[name] = Cluster(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            certificateAuthority: .file("\(folder)/ca.crt"))
        config.users[name] = User(tokenFile: "\(folder)/token")
        return config
    }
}
