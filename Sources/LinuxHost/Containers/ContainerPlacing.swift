/// Decides which processes are which container's, and which runtime's state is about it.
///
/// A name in a path of a control group is not enough for what a runtime says to count: a user may name a group of theirs like
/// anybody's container. The runtime's state says in which group it has put the container, or names its first process, and that
/// must be so.
struct ContainerPlacing {
    private struct Place {
        var head: [RawText]
        var id: String
        var state: ContainerState?
    }

    private let states: [String: [ContainerState]]
    private let processes: ProcessPlaces
    /// What runtimes say where containers are, by group.
    private var byGroup: [[RawText]: ContainerState] = [:]

    init(states: [String: [ContainerState]], processes: ProcessPlaces) {
        self.states = states
        self.processes = processes
        for state in states.values.joined() {
            if let group = state.controlGroup, !group.isEmpty { byGroup[group] = state }
        }
    }

    /// Each with its processes.
    mutating func containers() -> [HostContainer] {
        let places = processes.places.map(place)
        var containers: [[RawText]: HostContainer] = [:]
        for (pid, index) in processes.pids {
            guard let place = places[index] else { continue }
            containers[place.head, default: Self.container(place)].pids.append(pid)
        }
        return containers.values.map { container in
            var container = container
            // A number that stands for another process by now is none of this container.
            if let pid = container.initPID, !container.pids.contains(pid) { container.initPID = nil }
            return container
        }
    }

    /// The outermost group that is a container's.
    private func place(_ paths: [ControlGroupPath]) -> Place? {
        for path in paths {
            for end in 1...path.components.count {
                let head = Array(path.components[..<end])
                if !path.isRelative, let state = byGroup[head] {
                    return Place(head: head, id: state.id, state: complete(state))
                }
                if let id = ControlGroupPath.containerID(head[end - 1]) {
                    let state = states[id]?.first { isAbout($0, head, isRelative: path.isRelative) }
                    return Place(head: head, id: id, state: state.map(complete))
                }
            }
        }
        return nil
    }

    private func isAbout(_ state: ContainerState, _ head: [RawText], isRelative: Bool) -> Bool {
        if let group = state.controlGroup {
            return isRelative ? group.suffix(head.count).elementsEqual(head) : group == head
        }
        guard let pid = state.initPID, let place = processes.pids.first(where: { $0.pid == pid })?.place else {
            return false
        }
        return processes.places[place].contains { $0.begins(with: head) }
    }

    /// With what others of the host keep of the same container.
    private func complete(_ state: ContainerState) -> ContainerState {
        var state = state
        for other in states[state.id] ?? [] { state.complete(by: other) }
        return state
    }

    private static func container(_ place: Place) -> HostContainer {
        let path = place.head.reduce(into: [UInt8]()) { path, component in
            path.append(UInt8(ascii: "/"))
            path.append(contentsOf: component.bytes)
        }
        var container = HostContainer(
            id: place.id, runtime: place.state?.runtime ?? .unknown, controlGroup: RawText(path))
        container.userID = ControlGroupPath.userID(place.head)
        guard let state = place.state else { return container }
        container.runtimeNamespace = state.runtimeNamespace
        container.image = state.image
        container.imageID = state.imageID
        container.initPID = state.initPID
        container.rootMount = state.rootPath
        container.name = state.name
        // Annotations make no pod: its control group does, which only the kubelet makes.
        if let pod = state.pod, ControlGroupPath.podUID(place.head.dropLast()) == pod.uid {
            container.pod = pod
            container.name = pod.container
        }
        return container
    }
}
