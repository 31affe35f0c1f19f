public import StructuredText

/// A program that logs in: `users[].user.exec` of a kubeconfig.
///
/// It is run as client-go runs it, with the whole environment of this process, since it is the operator's own file that names it,
/// but never interactively: it has no terminal and an empty input. A capture must not wait for somebody to type.
///
/// Source: kubernetes.io, "client-go credential plugins"; k8s.io/client-go `plugin/pkg/client/auth/exec`.
public struct CredentialPlugin: Hashable, Sendable {
    /// The versions of the protocol. v1alpha1 went with Kubernetes 1.24.
    public enum Version: String, Hashable, Sendable, CaseIterable {
        case v1 = "client.authentication.k8s.io/v1"
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    public var version: Version
    /// A name, which is looked for in `PATH`, or a path.
    public var command: String
    public var arguments: [String] = []
    /// Beside those of this process.
    public var environment: [String: String] = [:]
    /// What the kubeconfig says to do when the program is not there.
    public var installHint: String?
    /// Whether it is told about the cluster.
    public var providesClusterInfo = false
    /// What the cluster's extension `client.authentication.k8s.io/exec` has for it.
    public var clusterConfiguration: JSONValue?

    public init(version: Version, command: String) {
        self.version = version
        self.command = command
    }
}
