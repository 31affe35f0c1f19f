@testable import KubernetesClient

extension FuzzTarget {
    static let kubeconfig = FuzzTarget("kubeconfig") {
        let text = """
            apiVersion: v1
            kind: Config
            current-context: c
            clusters:
            - name: k
              cluster: {server: "https://10.0.0.1:6443/x", certificate-authority-data: YQ==, tls-server-name: n}
            users:
            - name: u
              user:
                token: &t abc
                client-key: key.pem
                as: root
                as-user-extra: {a: [b]}
            contexts:
            - name: c
              context: {cluster: k, user: u, namespace: *t}

            """
        return [("config", Array(text.utf8))]
    } run: { input in
        guard let file = accepted({ try KubeconfigFile(path: "/folder/config", bytes: input) }) else { return }
        require(Set(file.contexts.map(\.name)).count == file.contexts.count, "a context has a name of its own")
        for cluster in file.clusters.values.prefix(16) {
            guard let server = ServerURL(cluster.server) else { continue }
            requireFitLine("\(server)")
        }
    }
}
