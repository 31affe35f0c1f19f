/// A pod as `kubectl get pods` would show it, from its captured object.
public struct PodStatus: Hashable, Sendable {
    /// How a container ended before it was started again, or for good.
    public struct Termination: Hashable, Sendable {
        public let container: String
        /// `OOMKilled`, `Error`, `Completed` …
        public let reason: String
        public let exitCode: Int
        /// As captured; empty when it is not known.
        public let finishedAt: String
    }

    /// How much it needs to be looked at; the worst first.
    public enum Concern: Int, Hashable, Sendable, Comparable {
        case failing, restarted, none

        public static func < (left: Concern, right: Concern) -> Bool { left.rawValue < right.rawValue }
    }

    public let namespace: String
    public let name: String
    /// Empty when it was not scheduled.
    public let node: String
    /// What kubectl shows in its STATUS column.
    public let status: String
    /// Of the READY column: how many of its containers are ready.
    public let ready: Int
    public let containers: Int
    public let restarts: Int
    /// What the cluster says about why, if anything.
    public let message: String
    /// The last container that ended with something else than success.
    public let lastFailure: Termination?

    public var concern: Concern {
        switch status {
        case "Completed", "Succeeded": lastFailure == nil ? .none : .restarted
        case "Running" where ready == containers: restarts == 0 && lastFailure == nil ? .none : .restarted
        default: .failing
        }
    }

    package init(_ pod: ObjectNode) {
        let metadata = pod["metadata"]
        namespace = metadata?["namespace"]?.text ?? ""
        name = metadata?["name"]?.text ?? ""
        node = pod["spec"]?["nodeName"]?.text ?? ""
        let column = PodStatusColumn(pod)
        status = column.status
        ready = column.ready
        containers = column.containers
        restarts = column.restarts
        let statuses = Self.containerStatuses(pod)
        message = Self.message(pod, statuses)
        lastFailure = Self.lastFailure(statuses)
    }

    private static func containerStatuses(_ pod: ObjectNode) -> [ObjectNode] {
        ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
            .flatMap { pod["status"]?[$0]?.elements ?? [] }
    }

    private static func message(_ pod: ObjectNode, _ statuses: [ObjectNode]) -> String {
        if let text = pod["status"]?["message"]?.text, !text.isEmpty { return text }
        for status in statuses {
            if let text = status["state"]?["waiting"]?["message"]?.text, !text.isEmpty { return text }
        }
        for condition in pod["status"]?["conditions"]?.elements ?? []
        where condition["type"]?.text == "PodScheduled" && condition["status"]?.text == "False" {
            return condition["message"]?.text ?? ""
        }
        for status in statuses {
            if let text = status["state"]?["terminated"]?["message"]?.text, !text.isEmpty { return text }
        }
        return ""
    }

    private static func lastFailure(_ statuses: [ObjectNode]) -> Termination? {
        statuses.flatMap { status in
            [status["state"], status["lastState"]].compactMap { $0?["terminated"] }.map { ended in
                Termination(
                    container: status["name"]?.text ?? "", reason: ended["reason"]?.text ?? "",
                    exitCode: ended["exitCode"]?.int ?? 0, finishedAt: ended["finishedAt"]?.text ?? "")
            }
        }
        .filter { $0.exitCode != 0 || $0.reason == "OOMKilled" }
        .max { $0.finishedAt < $1.finishedAt }
    }
}
