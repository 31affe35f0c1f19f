extension Kubeconfig {
    /// Why a user of a kubeconfig cannot be used. It matters only when the user is.
    struct Refusal: Error, Sendable {
        var code: KubernetesError.Code
        /// As in "its user …".
        var reason: String
        var advice: String
    }
}

extension CredentialPlugin {
    /// - Parameter folder: of the kubeconfig; a command with a slash in it is relative to that.
    init(_ node: KubeconfigNode, folder: String) throws(Kubeconfig.Refusal) {
        guard let command = node["command"]?.text else {
            throw Self.bad("has an exec plugin without a command")
        }
        let name = "the exec plugin \(command.printable(limit: 200))"
        guard let text = node["apiVersion"]?.text else {
            throw Self.bad("has \(name) without an apiVersion")
        }
        guard let version = Version(rawValue: text) else {
            throw Kubeconfig.Refusal(
                code: .unsupportedCredential,
                reason: "has \(name) of the apiVersion \(text.printable(limit: 100)), which is not known",
                advice:
                    "Update the plugin and the kubeconfig to \(Version.allCases.map(\.rawValue).joined(separator: " or "))"
            )
        }
        self.init(version: version, command: command.contains("/") ? absolute(command, folder: folder) : command)
        arguments = node["args"]?.elements.map { $0.scalarText } ?? []
        for variable in node["env"]?.elements ?? [] {
            guard let key = variable["name"]?.text else {
                throw Self.bad("has \(name) with an environment variable without a name")
            }
            environment[key] = variable["value"]?.scalarText ?? ""
        }
        installHint = node["installHint"]?.text
        providesClusterInfo = node["provideClusterInfo"]?.bool ?? false
        switch node["interactiveMode"]?.text {
        case "Never", "IfAvailable": break
        case nil where version == .v1beta1: break
        case "Always":
            throw Kubeconfig.Refusal(
                code: .unsupportedCredential,
                reason:
                    "has \(name), which must be able to ask questions (interactiveMode: Always); here it has no terminal",
                advice: "Use a context with a token or a client certificate, for example one made with: "
                    + "kubectl create token SERVICEACCOUNT")
        case let mode:
            throw Self.bad(
                "has \(name) with \(mode.map { "the interactiveMode \($0.printable(limit: 60))" } ?? "no interactiveMode"), "
                    + "which must be Never, IfAvailable or Always")
        }
    }

    private static func bad(_ reason: String) -> Kubeconfig.Refusal {
        Kubeconfig.Refusal(
            code: .badKubeconfig, reason: reason, advice: "Correct the kubeconfig, or choose another context")
    }
}
