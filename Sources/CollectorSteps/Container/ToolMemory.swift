internal import Synchronization

/// Which executables a container was found not to have, shared by its steps: a distroless container is not asked again for each.
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

    public init() {}

    package func isMissing(_ executable: String, in container: Container) -> Bool {
        missing.withLock { $0[container]?.contains(executable) ?? false }
    }

    package func noteMissing(_ executable: String, in container: Container) {
        missing.withLock { _ = $0[container, default: []].insert(executable) }
    }
}
