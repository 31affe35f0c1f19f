/// Files that say how a node is set up: the kubelet's, the runtimes', those of networks, and the pods that it runs by itself.
package struct NodeSettings: Hashable, Sendable {
    package var path: RawText
    package var status: FileStatus
    /// Nil for a file that is credentials: of that only the status is told.
    package var leftOutLines: Int?
    package var sha256: String?

    package init(path: RawText, status: FileStatus) {
        self.path = path
        self.status = status
    }
}

extension NodeSettings: FieldRecord {
    package static let fieldNames = ["path", "copied", "left_out_lines", "sha256"] + FileStatus.fieldNames

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("copied", .flag(leftOutLines != nil))
        writer.field("left_out_lines", .optional(leftOutLines))
        writer.field("sha256", sha256.map { .text($0) })
        status.write(to: &writer)
    }
}

extension NodeSettings {
    private static let files: [RawText] = [
        "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet",
        "/etc/sysconfig/kubelet", "/etc/kubernetes/kubelet/kubelet-config.json",
        "/etc/containerd/config.toml", "/etc/crio/crio.conf", "/etc/containers/registries.conf",
        "/etc/containers/storage.conf", "/etc/containers/containers.conf", "/etc/containers/policy.json",
        "/etc/docker/daemon.json", "/etc/rancher/k3s/config.yaml", "/etc/rancher/rke2/config.yaml",
        "/etc/rancher/k3s/registries.yaml", "/etc/crictl.yaml",
    ]
    /// Folders, of which files with these ends are copied, and of others the status is told.
    private static let folders: [(RawText, ends: [String])] = [
        ("/etc/kubernetes/manifests", [".yaml", ".yml", ".json"]), ("/etc/cni/net.d", [".conf", ".conflist", ".json"]),
        ("/etc/crio/crio.conf.d", [".conf"]), ("/etc/containerd/conf.d", [".toml"]),
        ("/etc/kubernetes/kubelet/config.json.d", [".conf"]), ("/etc/containers/registries.conf.d", [".conf"]),
        ("/var/lib/rancher/k3s/agent/pod-manifests", [".yaml"]), ("/etc/kubernetes", []), ("/etc/kubernetes/pki", []),
        ("/var/lib/kubelet/pki", []),
    ]
    /// What is credentials from its beginning to its end.
    private static let credentials: [RawText] = [
        "/var/lib/kubelet/config.json", "/var/lib/kubelet/kubeconfig", "/root/.docker/config.json",
        "/run/containers/0/auth.json", "/var/lib/rancher/k3s/server/token", "/etc/rancher/k3s/k3s.yaml",
    ]
    package static let mostBytes = 1 << 20

    /// Hands out each file with its text, if that is copied.
    package static func read(
        _ tree: HostTree, _ failures: inout FailureLog, _ body: (NodeSettings, [UInt8]?) throws -> Void
    ) throws {
        func copied(_ path: RawText, _ failures: inout FailureLog) throws {
            guard let file = tree.read(path, limit: mostBytes, &failures) else { return }
            let redacted = RedactedSettings(file.bytes)
            var settings = NodeSettings(path: path, status: file.status)
            settings.leftOutLines = redacted.leftOut
            // Of a text with a short secret in it the digest would tell it.
            if redacted.leftOut == 0, !file.isTruncated { settings.sha256 = TreeDigest.sha256(of: file.bytes) }
            try body(settings, redacted.text)
        }
        for path in files { try copied(path, &failures) }
        for (folder, ends) in folders {
            for entry in tree.list(folder, limit: 2_000, &failures) where entry.status.kind != .directory {
                if entry.status.kind == .regular, ends.contains(where: { entry.name.bytes.ends(with: $0) }) {
                    try copied(entry.path, &failures)
                } else {
                    try body(NodeSettings(path: entry.path, status: entry.status), nil)
                }
            }
        }
        for path in credentials {
            guard let status = tree.look(path, &failures) else { continue }
            try body(NodeSettings(path: path, status: status), nil)
        }
    }
}
