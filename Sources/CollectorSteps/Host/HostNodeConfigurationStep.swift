internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `node-configuration`: how the kubelet, container runtimes and networks of a node are set up.
package struct HostNodeConfigurationStep: HostStepKind {
    static let kind = StepKind(
        "node-configuration", scopes: [.host],
        summary:
            "How this host is set up as a node: configuration of the kubelet, of containerd, CRI-O, Docker, podman and k3s, of networks (CNI), and manifests of static pods, as far as they are there. Values that may be secrets (passwords, tokens, keys, credentials of registries, values of environments) are left out with all that is below them; of kubeconfigs, keys, certificates and registry logins only that they are there.",
        source: .node, output: .fixed(["host/node/files.jsonl", "host/node/files/…", "host/node/failures.jsonl"]))

    /// A node has a dozen or two.
    private static let mostFiles = 1_000

    private let root: String

    package init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let (found, failures) = try await BlockingReader.run {
            let tree = try HostTree(root: root)
            var failures = FailureLog()
            var found: [(settings: NodeSettings, text: [UInt8]?)] = []
            try NodeSettings.read(tree, &failures) { settings, text in
                guard found.count < Self.mostFiles else { return }
                found.append((settings, text))
            }
            return (found, failures)
        }
        for file in found {
            guard let text = file.text else { continue }
            let names = file.settings.path.bytes.split(separator: 0x2F).map { Array($0) }
            let entry = try await context.entry(
                ["host", "node", "files"].map { Array($0.utf8) } + names,
                // What is left out may leave no JSON or YAML behind.
                media: .text, size: UInt64(text.count))
            try await entry.write(text)
            try await entry.finish()
        }
        let outcome = try await HostTables(folder: ["host", "node"]).write(
            [
                HostTables.Table("files.jsonl") { log in
                    log.add(failures)
                    return found.map(\.settings)
                }
            ], context)
        return outcome.state == .empty
            ? .missing("NotANode", "none of the files that a kubelet, a container runtime or CNI has is on this host")
            : outcome
    }
}
