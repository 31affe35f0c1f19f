internal import Yams

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// One kubeconfig file, parsed: entries by name, paths made absolute. Source: client-go `clientcmd/api/v1`.
struct KubeconfigFile {
    /// client-go has no limit; the largest seen in the wild holds a few hundred clusters.
    static let maxBytes = 16 << 20
    /// Deeper than any kubeconfig, far from where a recursive parser ends.
    private static let maxDepth = 64

    var path: String
    var currentContext: String?
    var contexts: [Kubeconfig.Context] = []
    var clusters: [String: Kubeconfig.Cluster] = [:]
    var users: [String: Kubeconfig.User] = [:]

    static func bad(_ path: String, _ reason: String, advice: String = "") -> KubernetesError {
        KubernetesError(
            code: .badKubeconfig, doing: "reading the kubeconfig \(path)", subject: path, reason: reason, advice: advice
        )
    }

    init(path: String, bytes: [UInt8]) throws(KubernetesError) {
        self.path = path
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.bad(path, "it is not UTF-8 text", advice: "Check that it is a kubeconfig")
        }
        guard Self.isShallow(bytes) else {
            throw Self.bad(path, "it is nested too deeply for a kubeconfig", advice: "Check that it is a kubeconfig")
        }
        guard KubeconfigAliases.areHarmless(in: bytes) else {
            throw Self.bad(path, "it has more YAML aliases than a kubeconfig needs", advice: "Write them out")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Self.bad(
                path, "it is not YAML: \("\(error)".printable(limit: 300))", advice: "Check that it is a kubeconfig")
        }
        // An empty file is an empty kubeconfig, as for kubectl.
        guard let root, root.scalar == nil || KubeconfigNode(root).text != nil else { return }
        let node = KubeconfigNode(root)
        guard node.isMapping else {
            throw Self.bad(path, "it is not a YAML mapping", advice: "Check that it is a kubeconfig")
        }
        if let kind = node["kind"]?.text, kind != "Config" {
            throw Self.bad(
                path, "its kind is \(kind.printable(limit: 60)), not Config", advice: "Check that it is a kubeconfig")
        }
        currentContext = node["current-context"]?.text
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        for entry in node["clusters"]?.elements ?? [] {
            guard let name = entry["name"]?.text, clusters[name] == nil, let cluster = entry["cluster"] else {
                continue
            }
            clusters[name] = try Kubeconfig.Cluster(cluster, folder: folder, path: path)
        }
        for entry in node["users"]?.elements ?? [] {
            guard let name = entry["name"]?.text, users[name] == nil, let user = entry["user"] else { continue }
            users[name] = try Kubeconfig.User(user, folder: folder, path: path)
        }
        for entry in node["contexts"]?.elements ?? [] {
            guard let name = entry["name"]?.text, !contexts.contains(where: { $0.name == name }) else { continue }
            contexts.append(
                Kubeconfig.Context(
                    name: name, cluster: entry["context"]?["cluster"]?.text ?? "",
                    user: entry["context"]?["user"]?.text ?? "",
                    namespace: entry["context"]?["namespace"]?.text, source: path))
        }
    }

    /// Bounds both ways of nesting in YAML, so that no parser recurses far: flow brackets, and the steps of indentation.
    private static func isShallow(_ bytes: [UInt8]) -> Bool {
        var depth = 0
        var indents: [Int] = []
        for line in bytes.split(separator: 0x0A) {
            let indent = line.prefix(while: { $0 == 0x20 }).count
            guard indent < line.count else { continue }
            while let last = indents.last, last >= indent { indents.removeLast() }
            indents.append(indent)
            var dashes = 0
            for byte in line.dropFirst(indent) {
                guard byte == 0x2D || byte == 0x20 || byte == 0x3F else { break }
                dashes += byte == 0x20 ? 0 : 1
            }
            guard indents.count <= maxDepth, dashes <= maxDepth else { return false }
            for byte in line {
                switch byte {
                case 0x5B, 0x7B: depth += 1
                case 0x5D, 0x7D: depth = max(0, depth - 1)
                default: break
                }
                guard depth <= maxDepth else { return false }
            }
        }
        return true
    }
}

extension Kubeconfig.Cluster {
    init(_ node: KubeconfigNode, folder: String, path: String) throws(KubernetesError) {
        server = node["server"]?.text ?? ""
        certificateAuthority = try ClusterAccess.Material(
            node, file: "certificate-authority", data: "certificate-authority-data", folder: folder, path: path)
        insecureSkipTLSVerify = node["insecure-skip-tls-verify"]?.bool ?? false
        tlsServerName = node["tls-server-name"]?.text
        proxyURL = node["proxy-url"]?.text
        pluginConfiguration =
            node["extensions"]?.elements
            .first { $0["name"]?.text == "client.authentication.k8s.io/exec" }?["extension"]?.json
    }
}

extension Kubeconfig.User {
    init(_ node: KubeconfigNode, folder: String, path: String) throws(KubernetesError) {
        clientCertificate = try ClusterAccess.Material(
            node, file: "client-certificate", data: "client-certificate-data", folder: folder, path: path)
        clientKey = try ClusterAccess.Material(
            node, file: "client-key", data: "client-key-data", folder: folder, path: path)
        token = node["token"]?.text
        tokenFile = node["tokenFile"]?.text.map { absolute($0, folder: folder) }
        username = node["username"]?.text
        password = node["password"]?.text
        if let name = node["as"]?.text {
            var extra: [String: [String]] = [:]
            for (key, values) in node["as-user-extra"]?.members ?? [] {
                extra[key] = values.elements.compactMap(\.text)
            }
            impersonation = ClusterAccess.Impersonation(
                user: name, uid: node["as-uid"]?.text, groups: node["as-groups"]?.elements.compactMap(\.text) ?? [],
                extra: extra)
        }
        if let exec = node["exec"], exec.isMapping {
            do {
                plugin = try CredentialPlugin(exec, folder: folder)
            } catch {
                refusal = error
            }
        } else if let provider = node["auth-provider"], provider.isMapping {
            refusal = Kubeconfig.Refusal(
                code: .unsupportedCredential,
                reason: "logs in through the auth-provider \(provider["name"]?.text?.printable(limit: 80) ?? ""), "
                    + "which went with Kubernetes 1.26",
                advice:
                    "Log in with the cloud's own tool, which makes a newer kubeconfig, or use a context with a token")
        }
    }
}

extension ClusterAccess.Material {
    /// Data goes before the file when both are there, as in client-go.
    fileprivate init?(
        _ node: KubeconfigNode, file: String, data: String, folder: String, path: String
    ) throws(KubernetesError) {
        if let encoded = node[data]?.text {
            guard let bytes = Data(base64Encoded: encoded, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
                throw KubeconfigFile.bad(path, "\(data) is not base64")
            }
            self = .data(Array(bytes))
        } else if let name = node[file]?.text {
            self = .file(absolute(name, folder: folder))
        } else {
            return nil
        }
    }
}

/// Relative paths in a kubeconfig are relative to its folder.
func absolute(_ path: String, folder: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
}
