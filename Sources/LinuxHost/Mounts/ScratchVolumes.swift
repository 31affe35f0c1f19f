/// Volumes of a pod that began empty with it (`emptyDir`), as one of its containers has them.
///
/// Where they are on the host is told by kubelet's folder and the host's own mount table. What the container has mounted where is told
/// by the mount table of one of its processes: it decides which of the pod's volumes are looked at, and never where.
public struct ScratchVolumes: Sendable {
    public struct Volume: Hashable, Sendable {
        /// As the pod names it.
        public let name: RawText
        /// Its folder on the host.
        public let folder: RawText
        /// Where the container has it.
        public let mountPoint: RawText
    }

    public private(set) var volumes: [Volume] = []
    /// Other mounts of the container, which are not looked at: claims, host paths, secrets.
    public private(set) var others: [Mount] = []

    private static let maxOthers = 1_000
    /// File systems that the kernel makes up.
    private static let made: Set<String> = [
        "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "devtmpfs", "debugfs", "tracefs", "securityfs", "bpf",
    ]

    /// - Parameters:
    ///   - container: one whose first process is known.
    ///   - root: where the host's root directory is.
    ///   - proc: a procfs of the host.
    /// - Throws: ``HostError`` if the process is gone, or mounts cannot be read.
    public init(of container: HostContainer, root: String, proc: ProcFileSystem) throws(HostError) {
        guard let pid = container.initPID else {
            throw HostError(.notFound, "read", "mountinfo", reason: "the container's first process is not known")
        }
        let stat = try proc.contents(of: "\(pid)/stat", limit: 4_096)
        guard container.initStartTicks == nil || ProcessStat(stat.bytes)?.startTicks == container.initStartTicks else {
            throw HostError(.vanished, "read", "mountinfo", pid: pid, reason: "another process has its number")
        }
        let mounts = try MountReader(proc: proc, process: pid, measuresUsage: false).read().entries.map(\.mount)
        let host = try MountReader(proc: proc, process: root == "/" ? nil : 1, measuresUsage: false).read()
        let folder = container.pod.flatMap { Self.folder(of: $0, host.entries.map(\.mount)) }
        for mount in mounts where mount.mountPoint != "/" && !Self.made.contains(mount.type) {
            if let folder, let name = Self.name(mount, folder, host.entries.map(\.mount)) {
                let path = RawText(folder.bytes + [UInt8(ascii: "/")] + name.bytes)
                volumes.append(Volume(name: name, folder: path, mountPoint: mount.mountPoint))
            } else if others.count < Self.maxOthers, !Self.isUsual(mount) {
                others.append(mount)
            }
        }
    }

    /// What every container has.
    private static func isUsual(_ mount: Mount) -> Bool {
        ["/dev", "/proc", "/sys"].contains { mount.mountPoint.bytes.starts(with: $0.utf8) }
    }

    /// The folder that kubelet keeps such volumes of a pod in. Kubelet's own may be elsewhere than it usually is, which its mounts of
    /// the pod's other volumes tell.
    private static func folder(of pod: HostContainer.Pod, _ host: [Mount]) -> RawText? {
        let isPlain = pod.uid.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 || $0 == UInt8(ascii: "-") }
        guard isPlain, pod.uid.utf8.count >= 32 else { return nil }
        let part = Array("/pods/\(pod.uid)/volumes/".utf8)
        var kubelet = Array("/var/lib/kubelet".utf8)[...]
        for mount in host {
            guard let range = mount.mountPoint.bytes.firstRange(of: part) else { continue }
            kubelet = mount.mountPoint.bytes[..<range.lowerBound]
            break
        }
        return RawText(kubelet + part + Array("kubernetes.io~empty-dir".utf8))
    }

    /// The volume that a mount of the container is: by its folder in the file system that it is from, or by the file system, where it
    /// has one of its own (`medium: Memory`).
    private static func name(_ mount: Mount, _ folder: RawText, _ host: [Mount]) -> RawText? {
        let parts = folder.bytes.split(separator: UInt8(ascii: "/")).suffix(4)
        let end = parts.reduce(into: [UInt8]()) { $0 += [UInt8(ascii: "/")] + $1 } + [UInt8(ascii: "/")]
        func name(_ path: [UInt8]) -> RawText? {
            guard let range = path.firstRange(of: end) else { return nil }
            let rest = path[range.upperBound...]
            guard !rest.isEmpty, !rest.contains(UInt8(ascii: "/")), !rest.elementsEqual("..".utf8),
                !rest.elementsEqual(".".utf8)
            else {
                return nil
            }
            return RawText(Array(rest))
        }
        if let found = name(mount.root.bytes) { return found }
        guard mount.type == "tmpfs", mount.root == "/" else { return nil }
        let own = host.first {
            $0.major == mount.major && $0.minor == mount.minor && $0.mountPoint.bytes.starts(with: folder.bytes)
        }
        return own.flatMap { name($0.mountPoint.bytes) }
    }
}
