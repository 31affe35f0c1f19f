/// Which logs are wanted, in the words of `kubectl logs`. Names of namespaces, pods and containers may be patterns with `*` and `?`.
package struct LogChoice: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case pod(String)
        /// What pods belong to: `deploy/web`.
        case owner(type: String, name: String)

        /// `POD`, or `TYPE/NAME`.
        package init(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !["pod", "pods", "po"].contains(parts[0].lowercased()) {
                self = .owner(type: String(parts[0]), name: String(parts[1]))
            } else {
                self = .pod(String(parts[parts.count - 1]))
            }
        }
    }

    /// None: all pods.
    package var targets: [Target] = []
    /// Nil: the one that has what is wanted; if several have, that is a failure.
    package var namespace: String?
    package var isEverywhere = false
    package var selector: LabelSelector?
    /// Nil: the default one of each pod.
    package var container: String?
    package var hasAllContainers = false
    /// The one that ran before.
    package var isPrevious = false
    /// Also what the node had put aside.
    package var isRotated = false

    package init() {}
}

/// Why nothing can be chosen: nothing in the capture is what was named, or too much is.
package struct LogChoiceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// What could have been meant, a line each.
    package let suggestions: [String]

    init(_ description: String, _ suggestions: [String] = []) {
        self.description = description
        self.suggestions = suggestions
    }
}

/// The logs that were chosen.
package struct LogPlan: Hashable, Sendable {
    /// By pod and container; of one container the oldest first.
    package internal(set) var tracks: [LogTrack] = []
    /// What somebody who reads them should know: which container was taken.
    package internal(set) var notes: [String] = []
    /// What was chosen and is not in the capture, and why, as far as it says.
    package internal(set) var missing: [String] = []
    /// How many there are of those; more than twenty are only counted.
    package internal(set) var missingCount = 0

    /// How many containers they are of.
    package var sourceCount: Int { Set(tracks.map { [$0.namespace, $0.pod, $0.container] }).count }
}
