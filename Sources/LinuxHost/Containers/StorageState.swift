internal import StructuredText

/// What Podman and CRI-O keep of a container, both in the store of github.com/containers/storage:
/// `<store>/<driver>-containers/<id>/userdata/config.json`, `pidfile` in the same place of the store for what does not outlive a
/// boot, and names in `<store>/<driver>-containers/containers.json`.
struct StorageState {
    private static let usual = ["/var/lib/containers/storage", "/run/containers/storage"]
    private static let drivers = ["overlay", "vfs", "btrfs", "zfs"]
    /// It has all containers of the store in it.
    private static let mostBytesOfNames = 32 << 20

    let root: String
    let mounts: HostMounts

    private var folders: [String] {
        // <store>/overlay-containers/<id>/userdata/shm and <store>/overlay/<layer>/merged
        mounts.folders(usual: Self.usual) { parts in
            if parts.count >= 4, parts[parts.count - 1] == "shm", parts[parts.count - 2] == "userdata",
                parts[parts.count - 4].hasSuffix("-containers")
            {
                return 4
            }
            return parts.count >= 3 && parts[parts.count - 1] == "merged" && parts[parts.count - 3] == "overlay"
                ? 3 : nil
        }
    }

    /// Hands out what is known of those of these containers that are in a store.
    func read(of ids: Set<String>, _ failures: inout FailureLog, _ body: (ContainerState) -> Void) {
        for folder in folders {
            for driver in Self.drivers {
                do throws(HostError) {
                    let containers = try StateFolder.open("\(folder)/\(driver)-containers", root: root)
                    let names = Self.names(containers, &failures)
                    for id in ids.sorted() {
                        if Task.isCancelled { return }
                        read(id, containers, names[id], &failures, body)
                    }
                } catch {
                    if error.code != .notFound { failures.record(error) }
                }
            }
        }
    }

    private func read(
        _ id: String, _ containers: borrowing StateFolder, _ named: JSONValue?, _ failures: inout FailureLog,
        _ body: (ContainerState) -> Void
    ) {
        do throws(HostError) {
            let data = try containers.folder(id).folder("userdata")
            var state = ContainerState(id: id, runtime: .unknown)
            do throws(HostError) {
                Self.add(OCIConfiguration(try data.json("config.json")), to: &state)
            } catch {
                // CRI-O has it in both places, Podman in one.
                if error.code != .notFound { throw error }
            }
            if let named { Self.add(names: named, to: &state) }
            do throws(HostError) {
                state.initPID = try data.pid("pidfile")
            } catch {
                if error.code != .notFound { throw error }
            }
            if state.initPID == nil { state.initPID = runtimePID(id, &failures) }
            body(state)
        } catch {
            if error.code != .notFound { failures.record(error) }
        }
    }

    private static func add(_ config: OCIConfiguration, to state: inout ContainerState) {
        state.controlGroup = config.controlGroup
        state.rootPath = config.rootPath.flatMap { $0.hasPrefix("/") ? RawText($0) : nil }
        if let pod = config.crioPod {
            state.runtime = .crio
            state.pod = pod
            state.image = config.annotation("io.kubernetes.cri-o.ImageName")
            state.imageID =
                config.annotation("io.kubernetes.cri-o.ImageRef") ?? config.annotation("io.kubernetes.cri-o.Image")
        } else if config.annotation("io.container.manager") == "libpod" {
            state.runtime = .podman
        }
    }

    /// Source: containers/storage, `containers.go`; `metadata` is Podman's or CRI-O's own, JSON in a text.
    private static func add(names: JSONValue, to state: inout ContainerState) {
        let text = OCIConfiguration.word(names["metadata"], most: 64 << 10) ?? ""
        let metadata = try? JSONValue(parsing: Array(text.utf8), limits: JSONLimits(depth: 16, bytes: 64 << 10))
        state.name = OCIConfiguration.word(metadata?["name"]) ?? OCIConfiguration.word(names["names"]?[0])
        state.image = state.image ?? OCIConfiguration.word(metadata?["image-name"])
        state.imageID = state.imageID ?? OCIConfiguration.word(names["image"])
    }

    private static func names(
        _ containers: borrowing StateFolder, _ failures: inout FailureLog
    ) -> [String: JSONValue] {
        do throws(HostError) {
            var names: [String: JSONValue] = [:]
            for entry in try containers.json("containers.json", limit: mostBytesOfNames).array ?? [] {
                if let id = entry["id"]?.string { names[id] = entry }
            }
            return names
        } catch {
            if error.code != .notFound { failures.record(error) }
            return [:]
        }
    }

    /// From the state of the program that started it (`--runroot` can put the pidfile anywhere). Source: runc,
    /// `libcontainer/container.go`; crun, `src/libcrun/status.c`.
    private func runtimePID(_ id: String, _ failures: inout FailureLog) -> Int32? {
        for (folder, file, member) in [
            ("/run/runc", "state.json", "init_process_pid"), ("/run/crun", "status", "pid"),
        ] {
            do throws(HostError) {
                let json = try StateFolder.open("\(folder)/\(id)", root: root).json(file)
                if let pid = json[member]?.int.flatMap(Int32.init(exactly:)), pid > 0 { return pid }
            } catch {
                if error.code != .notFound { failures.record(error) }
            }
        }
        return nil
    }
}
