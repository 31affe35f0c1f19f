internal import StructuredText

/// The state of containerd's tasks: a bundle each, `<state>/io.containerd.runtime.v2.task/<namespace>/<id>/` with `config.json` and
/// `init.pid`. It is there as long as the task is.
struct ContainerdState {
    /// Where distributions keep it; elsewhere the mounts of root file systems in it tell.
    private static let usual = [
        "/run/containerd", "/run/docker/containerd/daemon", "/run/k3s/containerd", "/run/k0s/containerd",
        "/var/snap/microk8s/common/run/containerd",
    ].map { $0 + "/io.containerd.runtime.v2.task" }
    private static let mostTasks = 20_000

    let root: String
    let mounts: HostMounts

    /// The folders with one folder each for a namespace.
    private var folders: [String] {
        var folders = Self.usual
        for point in mounts.points {
            // …/io.containerd.runtime.v2.task/<namespace>/<id>/rootfs
            let parts = point.split(separator: "/")
            guard parts.count >= 4, parts[parts.count - 1] == "rootfs",
                parts[parts.count - 4].hasPrefix("io.containerd.runtime.")
            else { continue }
            let folder = "/" + parts.dropLast(3).joined(separator: "/")
            if !folders.contains(folder) { folders.append(folder) }
            if folders.count >= HostMounts.mostFolders { break }
        }
        return folders
    }

    /// Hands out what each task says of itself.
    func read(_ failures: inout FailureLog, _ body: (ContainerState) -> Void) {
        for folder in folders {
            do throws(HostError) {
                let tasks = try StateFolder.open(folder, root: root)
                for namespace in try tasks.names(limit: 1_000).names {
                    read(try tasks.folder(namespace), folder + "/" + namespace, namespace, &failures, body)
                }
            } catch {
                if error.code != .notFound { failures.record(error) }
            }
        }
    }

    private func read(
        _ tasks: consuming StateFolder, _ path: String, _ namespace: String, _ failures: inout FailureLog,
        _ body: (ContainerState) -> Void
    ) {
        do throws(HostError) {
            let (ids, isCut) = try tasks.names(limit: Self.mostTasks)
            if isCut {
                failures.record(
                    HostError(
                        .limitReached, "list", RawText(path), reason: "more than \(Self.mostTasks) tasks"))
            }
            for id in ids {
                if Task.isCancelled { return }
                do throws(HostError) {
                    body(try state(try tasks.folder(id), path + "/" + id, id, namespace))
                } catch {
                    // It ended meanwhile.
                    if error.code != .notFound { failures.record(error) }
                }
            }
        } catch {
            failures.record(error)
        }
    }

    private func state(
        _ bundle: consuming StateFolder, _ path: String, _ id: String, _ namespace: String
    ) throws(HostError) -> ContainerState {
        let config = OCIConfiguration(try bundle.json("config.json"))
        var state = ContainerState(id: id, runtime: namespace == "moby" ? .docker : .containerd)
        state.runtimeNamespace = namespace
        state.controlGroup = config.controlGroup
        state.image = config.annotation("io.kubernetes.cri.image-name")
        state.pod = config.containerdPod
        state.name = config.annotation("nerdctl/name")
        // Docker mounts root file systems elsewhere, and says where.
        let own = path + "/rootfs"
        state.rootPath = RawText(config.rootPath.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? own)
        do throws(HostError) {
            state.initPID = try bundle.pid("init.pid")
        } catch {
            // A task that is being made, or that has ended, has none.
            if error.code != .notFound { throw error }
        }
        return state
    }
}
