internal import Glibc

/// Finds the containers that run on this host, whoever runs them: from control groups, the runtimes' own state on disk and the
/// host's mount table. No runtime is asked, nothing is executed, and no file of a container is opened.
///
/// Of a container without a process nothing is said: it does not run.
public struct ContainerReader: Sendable {
    private let proc: ProcFileSystem
    private let root: String

    /// - Parameters:
    ///   - proc: the host's procfs.
    ///   - root: where the host's root directory is: `/`, or `/proc/1/root` from within a container that sees the host's processes.
    public init(proc: ProcFileSystem, root: String = "/") {
        self.proc = proc
        self.root = root
    }

    /// Reads all of it. Ends early, with what there is, when the current task is cancelled.
    ///
    /// - Throws: ``HostError`` only if the processes cannot be listed at all.
    public func read() throws(HostError) -> ContainerSnapshot {
        var snapshot = ContainerSnapshot()
        let processes = try ProcessPlaces(proc, &snapshot.failures)
        let mounts = HostMounts(proc: proc, root: root, &snapshot.failures)
        let states = states(of: processes, mounts, &snapshot.failures)
        var placing = ContainerPlacing(states: states, processes: processes)
        for container in placing.containers() {
            var container = container
            complete(&container, mounts, &snapshot.failures)
            snapshot.containers.append(container)
        }
        snapshot.containers.sort { $0.controlGroup.bytes.lexicographicallyPrecedes($1.controlGroup.bytes) }
        snapshot.isCancelled = processes.isCancelled || Task.isCancelled
        return snapshot
    }

    private func states(
        of processes: ProcessPlaces, _ mounts: HostMounts, _ failures: inout FailureLog
    ) -> [String: [ContainerState]] {
        var states: [String: [ContainerState]] = [:]
        func add(_ state: ContainerState) { states[state.id, default: []].append(state) }
        ContainerdState(root: root, mounts: mounts).read(&failures, add)
        // A store also has containers that ended long ago: only those that have processes are looked up.
        let ids = Set(processes.places.flatMap { $0.compactMap(\.containerID) })
        guard !ids.isEmpty else { return states }
        DockerState(root: root, mounts: mounts).read(of: ids, &failures, add)
        StorageState(root: root, mounts: mounts).read(of: ids, &failures, add)
        return states
    }

    /// What is known only by its processes and the host's mounts.
    private func complete(_ container: inout HostContainer, _ mounts: HostMounts, _ failures: inout FailureLog) {
        if let path = container.rootMount, !mounts.contains(path) { container.rootMount = nil }
        if let pid = container.initPID {
            container.initStartTicks = startTicks(pid, in: container.controlGroup)
            // The file is older than the process that has this number now.
            if container.initStartTicks == nil { container.initPID = nil }
        }
        guard let pid = container.initPID ?? container.pids.first else { return }
        do throws(HostError) {
            container.networkNamespace = try Self.networkNamespace(of: pid, proc)
        } catch {
            if error.code != .vanished { failures.record(error) }
        }
    }

    /// When a process started, if it stands in this control group. Both are read through the one directory that stands for it.
    private func startTicks(_ pid: Int32, in group: RawText) -> UInt64? {
        guard let process = try? proc.process(pid), let paths = try? ProcessPlaces.paths(process),
            paths.contains(where: { $0.begins(with: ControlGroupPath(group).components) })
        else { return nil }
        var text: [UInt8] = []
        guard (try? process.read("stat", limit: 4_096, into: &text)) != nil else { return nil }
        return ProcessStat(text)?.startTicks
    }

    /// The inode of the network namespace that a process is in.
    ///
    /// - Throws: ``HostError``, ``HostError/Code/vanished`` if the process is gone.
    package static func networkNamespace(of pid: Int32, _ proc: ProcFileSystem) throws(HostError) -> UInt64? {
        let process = try proc.process(pid)
        do throws(HostError) {
            let namespaces = try process.directory("ns")
            return KernelObjectName.inode(of: try namespaces.link("net"), kind: "net")
        } catch {
            throw error.asVanished
        }
    }

    /// The inodes of network namespaces that are the host's own, and no container's: of its first process, and of this one, which runs
    /// on the host where the first may not be looked at.
    package static func hostNetworkNamespaces(_ proc: ProcFileSystem) -> Set<UInt64> {
        Set([1, getpid()].compactMap { try? networkNamespace(of: $0, proc) })
    }

    /// The processes of a container as of now, by ascending pid: all that stand in its control group or beneath it.
    ///
    /// - Throws: ``HostError`` if the processes cannot be listed at all.
    public func processIDs(of container: HostContainer) throws(HostError) -> [Int32] {
        var failures = FailureLog(capacity: 0)
        let processes = try ProcessPlaces(proc, &failures)
        let group = ControlGroupPath(container.controlGroup).components
        let within = processes.places.map { paths in paths.contains { $0.begins(with: group) } }
        return processes.pids.filter { within[$0.place] }.map(\.pid)
    }
}

extension HostContainer {
    /// Whether a process stands in its control group, or beneath it.
    public func has(_ process: ProcessRecord) -> Bool {
        let group = ControlGroupPath(controlGroup).components
        return ControlGroupPath.all(process.controlGroups ?? []).contains { $0.begins(with: group) }
    }
}
