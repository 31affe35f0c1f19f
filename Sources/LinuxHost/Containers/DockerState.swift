internal import StructuredText

/// What Docker keeps of a container: `<data root>/containers/<id>/config.v2.json`.
struct DockerState {
    let root: String
    let mounts: HostMounts

    private var folders: [String] {
        // <data root>/overlay2/<layer>/merged; <data root>/rootfs/overlayfs/<id> with containerd's image store.
        mounts.folders(usual: ["/var/lib/docker"]) { parts in
            if parts.count >= 3, parts[parts.count - 1] == "merged", parts[parts.count - 3] == "overlay2" { return 3 }
            return parts.count >= 3 && parts[parts.count - 2] == "overlayfs" && parts[parts.count - 3] == "rootfs"
                ? 3 : nil
        }
    }

    /// Hands out what is known of those of these containers that are Docker's.
    func read(of ids: Set<String>, _ failures: inout FailureLog, _ body: (ContainerState) -> Void) {
        for folder in folders {
            do throws(HostError) {
                let containers = try StateFolder.open(folder + "/containers", root: root)
                for id in ids.sorted() {
                    if Task.isCancelled { return }
                    do throws(HostError) {
                        body(Self.state(try containers.folder(id).json("config.v2.json"), id))
                    } catch {
                        if error.code != .notFound { failures.record(error) }
                    }
                }
            } catch {
                if error.code != .notFound { failures.record(error) }
            }
        }
    }

    /// Source: moby, `daemon/container/container.go`. Names begin with a slash.
    private static func state(_ json: JSONValue, _ id: String) -> ContainerState {
        var state = ContainerState(id: id, runtime: .docker)
        let name = OCIConfiguration.word(json["Name"])
        state.name = name.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        state.image = OCIConfiguration.word(json["Config"]?["Image"])
        state.imageID = OCIConfiguration.word(json["Image"])
        state.initPID = json["State"]?["Pid"]?.int.flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
        state.pod = pod(json["Config"]?["Labels"])
        return state
    }

    /// Source: cri-dockerd, `libdocker`; the kubelet's labels.
    private static func pod(_ labels: JSONValue?) -> HostContainer.Pod? {
        func label(_ key: String) -> String? { OCIConfiguration.word(labels?[key]) }
        guard let type = label("io.kubernetes.docker.type"), let namespace = label("io.kubernetes.pod.namespace"),
            let name = label("io.kubernetes.pod.name"), let uid = label("io.kubernetes.pod.uid")
        else { return nil }
        return HostContainer.Pod(
            namespace: namespace, name: name, uid: uid,
            container: type == "podsandbox" ? nil : label("io.kubernetes.container.name"))
    }
}
