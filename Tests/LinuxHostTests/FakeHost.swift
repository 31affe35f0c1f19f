import Glibc
import LinuxHost

/// A host that is only files: a procfs tree, and a root directory with the state of container runtimes in it.
struct FakeHost {
    static let podUID = "c18b0a20-2170-4a2c-bc5a-d67e7ecc2a75"

    let tree: TemporaryTree

    init() throws {
        tree = try TemporaryTree()
        tree.make(directory: "root")
        process(1, groups: "0::/init.scope\n", namespace: 100)
        mounts([])
    }

    /// 64 digits that begin with these.
    static func id(_ digits: String) -> String { digits + String(repeating: "0", count: 64 - digits.utf8.count) }

    func process(_ pid: Int32, groups: String, namespace: UInt64 = 100, start: Int = 500) {
        tree.write("proc/\(pid)/cgroup", groups)
        tree.write(
            "proc/\(pid)/stat", "\(pid) (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(start) 0 0 0\n")
        tree.link("proc/\(pid)/ns/net", to: "net:[\(namespace)]")
    }

    /// Mount points of the host, as of its first process.
    func mounts(_ points: [String]) {
        tree.write(
            "proc/1/mountinfo",
            points.enumerated().map { "\($0 + 20) 1 0:\($0 + 20) / \($1) rw - overlay overlay rw\n" }.joined())
    }

    /// A file below the host's root.
    func file(_ path: String, _ text: String) { tree.write("root" + path, text) }

    func read() throws -> ContainerSnapshot {
        try ContainerReader(proc: ProcFileSystem(root: tree.path + "/proc"), root: tree.path + "/root").read()
    }

    func only() throws -> HostContainer? {
        let containers = try read().containers
        return containers.count == 1 ? containers[0] : nil
    }

    // MARK: Runtimes

    static let tasks = "/run/containerd/io.containerd.runtime.v2.task"

    /// A task of containerd, of a pod when it has a type.
    func task(
        _ id: String, namespace: String = "k8s.io", in tasks: String = FakeHost.tasks, group: String, pid: Int32? = nil,
        type: String? = nil, podUID: String = FakeHost.podUID
    ) {
        var annotations = ""
        if let type {
            annotations = """
                "io.kubernetes.cri.container-type":"\(type)","io.kubernetes.cri.sandbox-name":"api-7d9",
                "io.kubernetes.cri.sandbox-namespace":"prod","io.kubernetes.cri.sandbox-uid":"\(podUID)"
                """
            if type == "container" {
                annotations +=
                    #","io.kubernetes.cri.container-name":"app","io.kubernetes.cri.image-name":"registry.local/api:1""#
            }
        }
        file(
            "\(tasks)/\(namespace)/\(id)/config.json",
            #"{"root":{"path":"rootfs"},"annotations":{\#(annotations)},"linux":{"cgroupsPath":"\#(group)"}}"#)
        if let pid { file("\(tasks)/\(namespace)/\(id)/init.pid", "\(pid)") }
    }

    /// A container of Podman, in a store.
    func podman(_ id: String, name: String, in store: String = "/var/lib/containers/storage", group: String) {
        file(
            "\(store)/overlay-containers/\(id)/userdata/config.json",
            """
            {"root":{"path":"\(store)/overlay/layer/merged"},"annotations":{"io.container.manager":"libpod"},
            "linux":{"cgroupsPath":"\(group)"}}
            """)
        file(
            "\(store)/overlay-containers/containers.json",
            #"""
            [{"id":"\#(id)","names":["\#(name)"],"image":"230c0931","metadata":"{\"image-name\":\"localhost/box:1\",\"name\":\"\#(name)\"}"}]
            """#)
    }
}
