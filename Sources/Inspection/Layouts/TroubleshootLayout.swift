/// A support bundle of Troubleshoot.
///
/// Source: github.com/replicatedhq/troubleshoot, pkg/constants/constants.go, pkg/collect/cluster_resources.go, logs.go and
/// run_pod.go.
enum TroubleshootLayout: CaptureLayout {
    static let kind = CaptureKind.troubleshoot
    static let needed = LayoutMarks.first
    static let version: String? = "version.yaml"

    static func marks(_ path: [Substring]) -> (root: Int, marks: LayoutMarks)? {
        let root = path.prefix(LayoutRecognition.maximumDepth).dropLast().firstIndex {
            $0 == "cluster-resources" || $0 == "host-collectors"
        }
        if let root { return (root, .first) }
        if path.suffix(2).elementsEqual(["cluster-info", "cluster_version.json"]) { return (path.count - 2, .first) }
        // These names alone could be anybody's; in a folder that is named so they are not.
        guard path.count == 2, path[0].hasPrefix("support-bundle"),
            path[1] == "version.yaml" || path[1] == "analysis.json"
        else { return nil }
        return (1, .first)
    }

    static func role(_ path: ArraySlice<Substring>) -> FileRole {
        let path = Array(path)
        guard let name = path.last, !name.hasSuffix("-logs-errors.log") else { return .other }
        if path[0] == "cluster-resources" { return resource(path, name) }
        // COLLECTOR/NAMESPACE/POD/CONTAINER.log of old versions; newer ones have links to cluster-resources there.
        guard path.count == 4, !["cluster-info", "host-collectors"].contains(path[0]) else { return .other }
        return log(path[1], path[2], name)
    }

    private static func resource(_ path: [Substring], _ name: Substring) -> FileRole {
        switch path.count {
        case 2: return name.without(".json").flatMap { types[$0] }.map { .objects(.json, assuming: $0) } ?? .other
        case 3...4 where path[1] == "custom-resources": return .objects(named: name)
        case 3: return types[path[1]].map { .objects(named: name, assuming: $0) } ?? .other
        case 6 where path[1] == "pods" && path[2] == "logs": return log(path[3], path[4], name)
        default: return .other
        }
    }

    private static func log(_ namespace: Substring, _ pod: Substring, _ name: Substring) -> FileRole {
        if let container = name.without("-previous.log") { return .log(namespace, pod, container, .previous) }
        return name.without(".log").map { .log(namespace, pod, $0, .current) } ?? .other
    }

    /// By the names in constants.go. Lists that say what they are, as newer versions write them, are believed instead.
    private static let types: [Substring: ObjectType] = {
        let rows: [(String, [(Substring, String)])] = [
            (
                "v1",
                [
                    ("configmaps", "ConfigMap"), ("endpoints", "Endpoints"), ("events", "Event"),
                    ("limitranges", "LimitRange"), ("namespaces", "Namespace"), ("nodes", "Node"), ("pods", "Pod"),
                    ("pvcs", "PersistentVolumeClaim"), ("pvs", "PersistentVolume"), ("resource-quota", "ResourceQuota"),
                    ("resource-quotas", "ResourceQuota"), ("serviceaccounts", "ServiceAccount"),
                    ("services", "Service"),
                ]
            ),
            (
                "apps/v1",
                [
                    ("daemonsets", "DaemonSet"), ("deployments", "Deployment"), ("replicasets", "ReplicaSet"),
                    ("statefulsets", "StatefulSet"),
                ]
            ),
            ("batch/v1", [("cronjobs", "CronJob"), ("jobs", "Job")]),
            (
                "networking.k8s.io/v1",
                [("ingress", "Ingress"), ("ingress-classes", "IngressClass"), ("network-policy", "NetworkPolicy")]
            ),
            ("policy/v1", [("pod-disruption-budgets", "PodDisruptionBudget")]),
            (
                "rbac.authorization.k8s.io/v1",
                [
                    ("clusterRoleBindings", "ClusterRoleBinding"), ("clusterrolebindings", "ClusterRoleBinding"),
                    ("clusterroles", "ClusterRole"), ("rolebindings", "RoleBinding"), ("roles", "Role"),
                ]
            ),
            ("storage.k8s.io/v1", [("storage-classes", "StorageClass"), ("volumeattachments", "VolumeAttachment")]),
            ("scheduling.k8s.io/v1", [("priorityclasses", "PriorityClass")]),
            ("apiextensions.k8s.io/v1", [("custom-resource-definitions", "CustomResourceDefinition")]),
            ("certificates.k8s.io/v1", [("certificatesigningrequests", "CertificateSigningRequest")]),
            ("coordination.k8s.io/v1", [("leases", "Lease")]),
            ("discovery.k8s.io/v1", [("endpointslices", "EndpointSlice")]),
            (
                "admissionregistration.k8s.io/v1",
                [
                    ("mutating-webhook-configurations", "MutatingWebhookConfiguration"),
                    ("validating-webhook-configurations", "ValidatingWebhookConfiguration"),
                ]
            ),
        ]
        var types: [Substring: ObjectType] = [:]
        for (version, kinds) in rows {
            for (name, kind) in kinds { types[name] = ObjectType(apiVersion: version, kind: kind) }
        }
        return types
    }()
}
