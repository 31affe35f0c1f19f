public import StructuredText

/// Decides which objects of a namespace, and of the cluster, belong to a set of pods or refer to them.
///
/// It is filled in two waves: what is decided by the pods alone, then what is decided by an object of the first wave
/// (an Ingress by its Service, a Role by its binding, a volume by its claim).
public struct Relations: Sendable {
    /// An object by kind and name, within the one namespace.
    public struct Reference: Sendable, Hashable {
        public var kind: String
        public var name: String

        public init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    public let namespace: String
    public let pods: [PodSummary]
    /// UIDs of the pods and of every owner up the chain.
    public var uids: Set<String>
    /// The target workload and the owners, by kind and name.
    public var workloads: Set<Reference>
    private var configMaps: Set<String>
    private var secrets: Set<String>
    private var claims: Set<String>
    private let resourceClaims: Set<String>
    private let resourceClaimTemplates: Set<String>
    private let priorityClasses: Set<String>
    private let runtimeClasses: Set<String>
    private let nodes: Set<String>
    /// Nodes of other pods of the run, whose events lie in this namespace.
    private let eventNodes: Set<String>
    private let serviceAccounts: Set<String>
    private var services: Set<String> = []
    private var roles: Set<String> = []
    private var clusterRoles: Set<String> = []
    private var volumes: Set<String> = []
    private var storageClasses: Set<String> = []

    /// - Parameter eventNodes: nodes whose events are kept beside those of the pods' own.
    public init(
        namespace: String, pods: [PodSummary], uids: Set<String> = [], workloads: Set<Reference> = [],
        eventNodes: Set<String> = []
    ) {
        self.namespace = namespace
        self.pods = pods
        self.uids = uids.union(pods.map(\.metadata.uid)).union(pods.flatMap { $0.metadata.owners.map(\.uid) })
            .subtracting([""])
        self.workloads = workloads.union(pods.map { Reference(kind: "Pod", name: $0.name) })
            .union(pods.flatMap { $0.metadata.owners.map { Reference(kind: $0.kind, name: $0.name) } })
        configMaps = pods.reduce(into: ["kube-root-ca.crt"]) { $0.formUnion($1.configMaps) }
        secrets = pods.reduce(into: []) { $0.formUnion($1.secrets) }
        claims = pods.reduce(into: []) { $0.formUnion($1.claims) }
        resourceClaims = pods.reduce(into: []) { $0.formUnion($1.resourceClaims) }
        resourceClaimTemplates = pods.reduce(into: []) { $0.formUnion($1.resourceClaimTemplates) }
        priorityClasses = Set(pods.compactMap(\.priorityClass))
        runtimeClasses = Set(pods.compactMap(\.runtimeClass))
        nodes = Set(pods.compactMap(\.node))
        self.eventNodes = eventNodes
        serviceAccounts = pods.isEmpty ? [] : Set(pods.map(\.serviceAccount))
    }

    /// Takes in owners that were found later.
    mutating func add(uids: Set<String>, workloads: Set<Reference>) {
        self.uids.formUnion(uids.subtracting([""]))
        self.workloads.formUnion(workloads)
    }

    /// Resources (plural, without group) that can only be decided after those of the first wave have been seen.
    public static let secondWave: Set<String> = [
        "endpoints", "endpointslices", "ingresses", "roles", "clusterroles", "persistentvolumes", "secrets",
        "storageclasses",
    ]

    /// True when the object belongs to the target or refers to it. Learns names from it for the second wave.
    /// - Parameter always: the target is the whole namespace: everything in it belongs to it.
    public mutating func admit(kind: String, _ object: JSONValue, always: Bool = false) -> Bool {
        let metadata = ObjectMetadata(object)
        let isRelated = always || decide(kind: kind, metadata: metadata, object)
        if isRelated { learn(kind: kind, name: metadata.name, object) }
        return isRelated
    }

    private func decide(kind: String, metadata: ObjectMetadata, _ object: JSONValue) -> Bool {
        if uids.contains(metadata.uid) || workloads.contains(Reference(kind: kind, name: metadata.name)) { return true }
        if metadata.owners.contains(where: { uids.contains($0.uid) }) { return true }
        let spec = object["spec"]
        switch kind {
        case "Service":
            return selects(LabelSelector(plain: spec?["selector"]))
        case "Endpoints":
            return services.contains(metadata.name)
        case "EndpointSlice":
            return metadata.labels["kubernetes.io/service-name"].map(services.contains) ?? false
        case "Ingress":
            return !services.isDisjoint(with: Self.backends(spec))
        case "NetworkPolicy":
            return selects(LabelSelector(spec?["podSelector"]) ?? LabelSelector(.object([:])))
        case "PodDisruptionBudget":
            return selects(LabelSelector(spec?["selector"]))
        case "HorizontalPodAutoscaler", "VerticalPodAutoscaler":
            let reference = spec?["scaleTargetRef"] ?? spec?["targetRef"]
            return workloads.contains(
                Reference(kind: reference?["kind"]?.string ?? "", name: reference?["name"]?.string ?? ""))
        case "ConfigMap": return configMaps.contains(metadata.name)
        case "Secret":
            let account = object["metadata"]?["annotations"]?["kubernetes.io/service-account.name"]?.string
            return secrets.contains(metadata.name) || account.map(serviceAccounts.contains) == true
        case "PersistentVolumeClaim": return claims.contains(metadata.name)
        case "ResourceClaim": return resourceClaims.contains(metadata.name)
        case "ResourceClaimTemplate": return resourceClaimTemplates.contains(metadata.name)
        case "PriorityClass": return priorityClasses.contains(metadata.name)
        case "RuntimeClass": return runtimeClasses.contains(metadata.name)
        case "PersistentVolume":
            let claim = spec?["claimRef"]
            return volumes.contains(metadata.name)
                || (claim?["namespace"]?.string == namespace && claims.contains(claim?["name"]?.string ?? ""))
        case "StorageClass": return storageClasses.contains(metadata.name)
        case "ServiceAccount": return serviceAccounts.contains(metadata.name)
        case "RoleBinding", "ClusterRoleBinding": return binds(object)
        case "Role": return roles.contains(metadata.name)
        case "ClusterRole": return clusterRoles.contains(metadata.name)
        case "Node": return nodes.contains(metadata.name)
        case "PodMetrics": return workloads.contains(Reference(kind: "Pod", name: metadata.name))
        case "NodeMetrics": return nodes.contains(metadata.name)
        case "Namespace": return metadata.name == namespace
        case "ResourceQuota", "LimitRange": return true
        case "Event": return concerns(object)
        default: return false
        }
    }

    private mutating func learn(kind: String, name: String, _ object: JSONValue) {
        let spec = object["spec"]
        switch kind {
        case "Service": services.insert(name)
        case "ServiceAccount":
            for key in ["secrets", "imagePullSecrets"] {
                for secret in object[key]?.array ?? [] { if let name = secret["name"]?.string { secrets.insert(name) } }
            }
        case "PersistentVolumeClaim":
            claims.insert(name)
            if let volume = spec?["volumeName"]?.string { volumes.insert(volume) }
            if let storageClass = spec?["storageClassName"]?.string { storageClasses.insert(storageClass) }
        case "RoleBinding", "ClusterRoleBinding":
            guard let role = object["roleRef"]?["name"]?.string else { return }
            if object["roleRef"]?["kind"]?.string == "ClusterRole" {
                clusterRoles.insert(role)
            } else {
                roles.insert(role)
            }
        default: break
        }
    }

    private func selects(_ selector: LabelSelector?) -> Bool {
        guard let selector else { return false }
        return pods.contains { selector.matches($0.metadata.labels) }
    }

    private func binds(_ binding: JSONValue) -> Bool {
        (binding["subjects"]?.array ?? []).contains { subject in
            let name = subject["name"]?.string ?? ""
            switch subject["kind"]?.string {
            case "ServiceAccount":
                return serviceAccounts.contains(name) && (subject["namespace"]?.string ?? namespace) == namespace
            case "Group":
                return name == "system:serviceaccounts" || name == "system:serviceaccounts:\(namespace)"
            case "User":
                let prefix = "system:serviceaccount:\(namespace):"
                return name.hasPrefix(prefix) && serviceAccounts.contains(String(name.dropFirst(prefix.count)))
            default:
                return false
            }
        }
    }

    private func concerns(_ event: JSONValue) -> Bool {
        let object = event["involvedObject"] ?? event["regarding"]
        let kind = object?["kind"]?.string ?? ""
        let name = object?["name"]?.string ?? ""
        if let uid = object?["uid"]?.string, uids.contains(uid) { return true }
        switch kind {
        case "Node": return nodes.contains(name) || eventNodes.contains(name)
        case "PersistentVolumeClaim": return claims.contains(name)
        case "HorizontalPodAutoscaler": return workloads.contains { $0.kind != "Pod" && $0.name == name }
        default: return workloads.contains(Reference(kind: kind, name: name))
        }
    }

    /// Service names in an Ingress of networking.k8s.io/v1 or of the beta versions.
    private static func backends(_ spec: JSONValue?) -> Set<String> {
        var names: Set<String> = []
        func insert(_ backend: JSONValue?) {
            if let name = backend?["service"]?["name"]?.string ?? backend?["serviceName"]?.string { names.insert(name) }
        }
        insert(spec?["defaultBackend"] ?? spec?["backend"])
        for rule in spec?["rules"]?.array ?? [] {
            for path in rule["http"]?["paths"]?.array ?? [] { insert(path["backend"]) }
        }
        return names
    }
}
