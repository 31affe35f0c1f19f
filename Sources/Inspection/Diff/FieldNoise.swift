/// Fields that differ between any two captures of an object, or that another section compares.
struct FieldNoise {
    /// The fields of a pod, or of another object with a generated name, that only say which of its kind it is.
    private let ofOneOfMany: Bool
    private let kind: String

    init(kind: String, ofOneOfMany: Bool = false) {
        self.kind = kind
        self.ofOneOfMany = ofOneOfMany
    }

    private static let whole: Set<String> = [
        "metadata.resourceVersion", "metadata.generation", "metadata.managedFields", "metadata.uid",
        "metadata.selfLink",
        "metadata.creationTimestamp", "status.observedGeneration", "status.startTime", "spec.renewTime",
        "spec.acquireTime",
        "status.currentMetrics", "status.lastScheduleTime", "status.lastSuccessfulTime",
        // They repeat the specification.
        "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
        "metadata.annotations.endpoints.kubernetes.io/last-change-trigger-time",
        "metadata.annotations.control-plane.alpha.kubernetes.io/leader",
        "metadata.annotations.deprecated.daemonset.template.generation",
        // By container: sections images and restarts.
        "status.containerStatuses", "status.initContainerStatuses", "status.ephemeralContainerStatuses",
    ]

    /// Of a condition or a heartbeat: what matters is its status and reason.
    private static let endings = [
        ".lastTransitionTime", ".lastUpdateTime", ".lastProbeTime", ".lastHeartbeatTime", ".resourceVersion",
    ]

    private static let ofNodes = [
        "status.conditions", "status.nodeInfo", "status.images", "status.volumesInUse", "status.volumesAttached",
    ]

    /// The name and the place that one of many has of its own.
    private static let ofOne = [
        "metadata.name", "metadata.ownerReferences", "metadata.labels.pod-template-hash",
        "metadata.labels.controller-revision-hash",
        "metadata.labels.controller-uid", "metadata.labels.batch.kubernetes.io/controller-uid", "metadata.generateName",
        "metadata.annotations.cni.projectcalico.org", "spec.nodeName", "spec.hostname", "spec.affinity.nodeAffinity",
        "spec.selector", "status",
        "spec.template.metadata.labels.pod-template-hash", "metadata.annotations.deployment.kubernetes.io/revision",
        "revision",
    ]

    /// - Parameter path: members with dots between them; elements of lists are not named.
    func isNoise(_ path: String) -> Bool {
        if Self.has(Self.whole, path) || Self.endings.contains(where: path.hasSuffix) { return true }
        if path.hasPrefix("status.conditions."), !path.hasSuffix(".status"), !path.hasSuffix(".reason") { return true }
        if kind == "Node", Self.ofNodes.contains(where: { Self.isBelow($0, path) }) { return true }
        return ofOneOfMany && Self.ofOne.contains { Self.isBelow($0, path) }
    }

    private static func has(_ paths: Set<String>, _ path: String) -> Bool {
        if paths.contains(path) { return true }
        return paths.contains { isBelow($0, path) }
    }

    private static func isBelow(_ place: String, _ path: String) -> Bool {
        path == place || (path.hasPrefix(place) && path.utf8.dropFirst(place.utf8.count).first == 0x2E)
    }
}
