internal import Synchronization

/// What the steps of one container learn from each other: which executables it does not have, so that a distroless container is
/// not asked again for each, and whether commands in it hang, so that it cannot hold up the rest for the time of every step.
public final class ToolMemory: Sendable {
    /// One run of one container: another run may be of another image.
    package struct Container: Hashable, Sendable {
        var pod: String
        var name: String
        var startedAt: String

        package init(pod: PodSummary, container: PodSummary.Container) {
            self.pod = ToolMemory.key(pod)
            name = container.name
            startedAt = container.startedAt ?? ""
        }
    }

    /// By pod: how often a service in it did not answer in time.
    private let silences = Mutex<[String: Int]>([:])
    private let missing = Mutex<[Container: Set<String>]>([:])
    private let stuck = Mutex<Set<Stuck>>([])

    private struct Stuck: Hashable {
        var container: Container
        /// Nil: whatever is run in it.
        var collector: String?
    }

    public init() {}

    package func isMissing(_ executable: String, in container: Container) -> Bool {
        missing.withLock { $0[container]?.contains(executable) ?? false }
    }

    /// - Parameter collector: whose command is next; nil for one that is about the container itself.
    package func isStuck(_ container: Container, collector: String? = nil) -> Bool {
        stuck.withLock {
            $0.contains(Stuck(container: container)) || $0.contains(Stuck(container: container, collector: collector))
        }
    }

    /// A command in it did not end in time.
    ///
    /// - Parameter collector: of a service in the container: that it does not answer says nothing of the container.
    package func noteStuck(_ container: Container, collector: String? = nil) {
        stuck.withLock { _ = $0.insert(Stuck(container: container, collector: collector)) }
    }

    package func silences(of pod: PodSummary) -> Int {
        silences.withLock { $0[Self.key(pod)] ?? 0 }
    }

    /// A service in the pod did not answer in time.
    package func noteSilence(of pod: PodSummary) {
        silences.withLock { $0[Self.key(pod), default: 0] += 1 }
    }

    private static func key(_ pod: PodSummary) -> String {
        pod.metadata.uid.isEmpty ? "\(pod.namespace)/\(pod.name)" : pod.metadata.uid
    }

    package func noteMissing(_ executable: String, in container: Container) {
        missing.withLock { _ = $0[container, default: []].insert(executable) }
    }
}
