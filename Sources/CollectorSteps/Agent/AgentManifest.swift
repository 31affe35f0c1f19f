internal import StructuredText

/// The pod of an agent on one node, as it is created and as `--dry-run` shows it.
struct AgentManifest: Sendable {
    static let container = "agent"
    /// Marks what this program made, for ``AgentLeftovers``.
    static let labels: JSONObject = [
        "app.kubernetes.io/name": "exhibit-agent", "app.kubernetes.io/managed-by": "exhibit",
    ]
    static let selector = "app.kubernetes.io/name=exhibit-agent,app.kubernetes.io/managed-by=exhibit"
    static let expires = "exhibit/expires"
    static let run = "exhibit/run"

    let policy: AgentPolicy
    let node: String
    let name: String
    /// Random, the same for all agents of a run.
    let runID: String
    /// When no process of it lives any more, in seconds since 1970-01-01 UTC by the API server's clock.
    let expiry: Int
    /// From its start on, by the node's own count.
    let lifetime: Int

    /// What it needs, and why. Everything else is dropped.
    static let capabilities: [(name: String, reason: String)] = [
        ("SYS_PTRACE", "descriptors, executables, maps and namespaces of other processes; the host's root directory"),
        ("DAC_READ_SEARCH", "files that root of the node alone may read"),
        ("FOWNER", "reading without a change of access times"),
        ("SYS_ADMIN", "sockets of other network namespaces; attributes of overlay file systems"),
        ("NET_ADMIN", "nftables and connection tracking"),
        ("NET_RAW", "packet captures"),
        ("SYSLOG", "the kernel's log"),
    ]

    /// Source: k8s.io/api `core/v1`.
    var pod: JSONObject {
        let command = ["/exhibit", "agent", "wait", "--until", "\(expiry)", "--limit", "\(lifetime)s"]
        // A node that has no room to promise has some to give, for the minute that it takes.
        let requests: JSONObject = ["cpu": "50m", "memory": "64Mi"]
        let limits: JSONObject = ["cpu": .string(policy.cpu), "memory": .string(policy.memory)]
        let container: JSONObject = [
            "name": .string(Self.container), "image": .string(policy.image), "imagePullPolicy": "IfNotPresent",
            "command": .array(command.map { .string($0) }),
            "resources": ["requests": .object(requests), "limits": .object(limits)],
            "securityContext": [
                "runAsUser": 0, "runAsNonRoot": false, "privileged": false, "readOnlyRootFilesystem": true,
                "allowPrivilegeEscalation": true,
                "capabilities": [
                    "drop": ["ALL"], "add": .array(Self.capabilities.map { .string($0.name) }),
                ],
                "seccompProfile": ["type": "Unconfined"],
                // Where SELinux confines containers, this type is not confined.
                "seLinuxOptions": ["type": "spc_t"],
            ],
        ]
        var spec: JSONObject = [
            // Not by the scheduler: a node that is cordoned, or a scheduler that is down, is no reason to go without evidence.
            "nodeName": .string(node), "restartPolicy": "Never", "activeDeadlineSeconds": JSONValue(lifetime),
            "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": false, "enableServiceLinks": false,
            "hostPID": true, "hostNetwork": true, "dnsPolicy": "Default",
            "tolerations": .array(policy.tolerations.map { .object(Self.toleration($0)) }),
            "containers": [.object(container)],
        ]
        if !policy.pullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(policy.pullSecrets.map { ["name": .string($0)] })
        }
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(policy.namespace),
                "labels": .object(
                    Self.labels.merging([
                        // Meshes that put their proxies into every pod.
                        "sidecar.istio.io/inject": "false"
                    ])),
                "annotations": [
                    Self.expires: .string("\(expiry)"), Self.run: .string(runID), "linkerd.io/inject": "disabled",
                    "container.apparmor.security.beta.kubernetes.io/agent": "unconfined",
                ],
            ],
            "spec": .object(spec),
        ]
    }

    /// The namespace, where it has to be made: pods like this one must be allowed in it.
    static func namespace(_ name: String) -> JSONObject {
        [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": [
                "name": .string(name),
                "labels": .object(
                    labels.merging([
                        "pod-security.kubernetes.io/enforce": "privileged",
                        "pod-security.kubernetes.io/audit": "privileged",
                        "pod-security.kubernetes.io/warn": "privileged",
                    ])),
            ],
        ]
    }

    /// What the server made of it, as far as it matters: nil when it is what was asked for.
    func difference(_ admitted: JSONValue) -> String? {
        let spec = admitted["spec"]
        let containers = spec?["containers"]?.array ?? []
        guard containers.count == 1, (spec?["initContainers"]?.array ?? []).isEmpty,
            containers[0]["name"]?.string == Self.container
        else { return "containers were added" }
        guard containers[0]["image"]?.string == policy.image else { return "the image was changed" }
        guard containers[0]["command"]?.array?.first?.string == "/exhibit" else { return "the command was changed" }
        guard spec?["hostPID"]?.bool == true else { return "hostPID was taken away" }
        return nil
    }

    private static func toleration(_ toleration: AgentPolicy.Toleration) -> JSONObject {
        var object: JSONObject = [:]
        if let key = toleration.key { object["key"] = .string(key) }
        object["operator"] = toleration.value == nil ? "Exists" : "Equal"
        if let value = toleration.value { object["value"] = .string(value) }
        if let effect = toleration.effect { object["effect"] = .string(effect) }
        return object
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for member in other { merged[member.key] = member.value }
        return merged
    }
}
