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
            self.pod = pod.metadata.uid.isEmpty ? "\(pod.namespace)/\(pod.name)" : pod.metadata.uid
            name = container.name
            startedAt = container.startedAt ?? ""
        }
    }

    private let missing = Mutex<[Container: Set<String>]>([:])
    private let stuck = Mutex<Set<Container>>([])

    public init() {}

    package func isMissing(_ executable: String, in container: Container) -> Bool {
        missing.withLock { $0[container]?.contains(executable) ?? false }
    }

    package func isStuck(_ container: Container) -> Bool {
        stuck.withLock { $0.contains(container) }
    }

    /// A command in it did not end in time.
    package func noteStuck(_ container: Container) {
        stuck.withLock { _ = $0.insert(container) }
    }

    package func noteMissing(_ executable: String, in container: Container) {
        missing.withLock { _ = $0[container, default: []].insert(executable) }
    }
}
