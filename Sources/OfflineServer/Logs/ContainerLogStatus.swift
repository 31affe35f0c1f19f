internal import StructuredText

/// Whether the kubelet would have a log of a container, by the status of its pod.
///
/// Source: k8s.io/kubernetes, pkg/kubelet/kubelet_pods.go, `validateContainerLogStatus`, whose words these are.
struct ContainerLogStatus {
    private let pod: String
    private let container: String
    private let status: JSONValue?

    init(pod: String, container: String, _ object: JSONValue) {
        self.pod = pod
        self.container = container
        let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
        status =
            lists.lazy.compactMap { list in
                object["status"]?[list]?.array?.first { $0["name"]?.string == container }
            }.first
    }

    /// Why there is none; nil where there is one.
    func refusal(previous: Bool) -> String? {
        let subject = "container \"\(container)\" in pod \"\(pod)\""
        guard let status else { return "\(subject) is not available" }
        let last = status["lastState"]?["terminated"]
        let state = status["state"]
        if previous {
            return Self.hasIdentifier(last) ? nil : "previous terminated \(subject) not found"
        }
        if Self.isThere(state?["running"]) { return nil }
        if let terminated = state?["terminated"], Self.isThere(terminated) {
            return Self.hasIdentifier(terminated) || Self.hasIdentifier(last) ? nil : "\(subject) is terminated"
        }
        if Self.isThere(last) { return Self.hasIdentifier(last) ? nil : "\(subject) is terminated" }
        guard let waiting = state?["waiting"], Self.isThere(waiting) else {
            return "\(subject) is waiting to start - no logs yet"
        }
        let reason = waiting["reason"]?.string ?? ""
        switch reason {
        case "ErrImagePull": return "\(subject) is waiting to start: image can't be pulled"
        case "ImagePullBackOff": return "\(subject) is waiting to start: trying and failing to pull image"
        default: return "\(subject) is waiting to start: \(reason)"
        }
    }

    /// Whether the container that ran before is the one whose log the kubelet gives without `previous`, too: it waits to be started again.
    var isPreviousCurrent: Bool {
        let state = status?["state"]
        return !Self.isThere(state?["running"]) && !Self.isThere(state?["terminated"])
            && Self.hasIdentifier(status?["lastState"]?["terminated"])
    }

    private static func isThere(_ state: JSONValue?) -> Bool { state?.object != nil }

    private static func hasIdentifier(_ terminated: JSONValue?) -> Bool {
        !(terminated?["containerID"]?.string ?? "").isEmpty
    }
}
