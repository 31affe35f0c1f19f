internal import Glibc

/// Where a container's runtime, or the kubelet, keeps its output, and how.
public enum ContainerLogFolder {
    /// How the lines of the files are written.
    public enum Format: Hashable, Sendable {
        /// `TIME STREAM TAGS CONTENT`: containerd and CRI-O for the kubelet, and podman's `k8s-file`.
        case cri
        /// An object of JSON a line: Docker's `json-file`.
        case docker
    }

    /// What was found.
    public struct Listing: Sendable {
        public var format: Format
        /// The newest instance first, and of one the file that is being written, then the rotated ones, the newest first.
        public var files: [ContainerLogFile] = []
        /// Entries with the name of a log file that are none: links, FIFOs and other types. The first 100.
        public var refused: [HostError] = []
        /// Whether there were more entries than are looked at.
        public var isTruncated = false
    }

    /// A folder with a thousand times as many entries as a kubelet leaves in one.
    private static let mostEntries = 10_000

    /// Finds the files of a container.
    ///
    /// Links are not followed: those in `/var/log/containers` and, with Docker, those of the pod's own folder lead to the same
    /// files, or to whatever somebody put there who may write below `/var/log`.
    ///
    /// - Parameter root: the host's root.
    /// - Throws: ``HostError``, of the code ``HostError/Code/notFound`` where the runtime keeps none, or elsewhere.
    public static func find(_ container: HostContainer, root: String) throws(HostError) -> Listing {
        if container.runtime == .docker { return try docker(container.id, root: root) }
        if let pod = container.pod, let name = pod.container {
            return try kubernetes(pod, container: name, root: root)
        }
        if container.runtime == .podman { return try podman(container.id, root: root) }
        throw HostError(
            .notFound, "find the log of", RawText(container.shortID),
            reason: "\(container.runtime.rawValue) keeps no log of a container that is of no pod")
    }

    /// Source: k8s.io/kubernetes, pkg/kubelet/kuberuntime/helpers.go (BuildPodLogsDirectory), pkg/kubelet/logs/container_log_manager.go.
    private static func kubernetes(
        _ pod: HostContainer.Pod, container: String, root: String
    ) throws(HostError) -> Listing {
        let folder = "/var/log/pods/\(pod.namespace)_\(pod.name)_\(pod.uid)/\(container)"
        guard ![pod.namespace, pod.name, pod.uid, container].contains(where: { $0.isEmpty || $0.contains("/") }) else {
            throw HostError(.notFound, "list", RawText(folder), reason: "such a pod cannot have a log")
        }
        return try list(RawText(folder), .cri, root: root) { name in
            // `3.log`, `3.log.20261130-033523`, `3.log.20261130-033523.gz`
            guard let dot = name.firstIndex(of: "."), let instance = number(name[..<dot]) else { return nil }
            let rest = name[dot...]
            if rest == ".log" { return (instance, "") }
            guard rest.hasPrefix(".log.") else { return nil }
            let time = rest.dropFirst(5)
            let digits = time.hasSuffix(".gz") ? time.dropLast(3) : time
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x2D }) else { return nil }
            return (instance, String(time))
        }
    }

    /// Source: docker, daemon/logger/jsonfilelog and loggerutils/logfile.go.
    private static func docker(_ id: String, root: String) throws(HostError) -> Listing {
        let base = id + "-json.log"
        let listing = try list(RawText("/var/lib/docker/containers/" + id), .docker, root: root) { name in
            if name == base { return (0, "") }
            guard name.hasPrefix(base + ".") else { return nil }
            let rest = name.dropFirst(base.utf8.count + 1)
            let digits = rest.hasSuffix(".gz") ? rest.dropLast(3) : rest
            // The highest number is the oldest.
            return number(digits).map { (0, String(format(1_000_000 - min($0, 1_000_000)))) }
        }
        guard !listing.files.isEmpty || !listing.refused.isEmpty else {
            throw HostError(
                .notFound, "find the log of", RawText(id),
                reason: "Docker keeps it in another way than json-file (see its log driver): there is no \(base)")
        }
        return listing
    }

    /// Source: containers/common, pkg/config (log_driver, `k8s-file`); libpod, container_log.go.
    private static func podman(_ id: String, root: String) throws(HostError) -> Listing {
        let folder = "/var/lib/containers/storage/overlay-containers/\(id)/userdata"
        let listing = try list(RawText(folder), .cri, root: root) { $0 == "ctr.log" ? (0, "") : nil }
        guard !listing.files.isEmpty || !listing.refused.isEmpty else {
            throw HostError(
                .notFound, "find the log of", RawText(id),
                reason:
                    "podman keeps it in the journal, unless it runs with --log-driver=k8s-file: look for CONTAINER_ID_FULL in the journal of the host"
            )
        }
        return listing
    }

    /// - Parameter meaning: of a name the instance, and what sorts its rotated files by age; empty for the one that is written to.
    private static func list(
        _ folder: RawText, _ format: Format, root: String, _ meaning: (String) -> (instance: Int, age: String)?
    ) throws(HostError) -> Listing {
        let directory = try AnchoredDirectory.open(folder, beneath: root)
        var listing = Listing(format: format)
        var found: [(file: ContainerLogFile, age: String)] = []
        var count = 0
        do {
            try directory.forEachEntry { name, _ in
                count += 1
                guard count <= mostEntries else {
                    listing.isTruncated = true
                    return false
                }
                let text = String(cString: name)
                guard let (instance, age) = meaning(text), let status = try? directory.status(name) else { return true }
                let path = RawText(folder.bytes + [0x2F] + Array(text.utf8))
                let kind = FileKind(mode: status.st_mode)
                guard kind == .regular else {
                    if listing.refused.count < 100 {
                        listing.refused.append(
                            HostError(
                                .unexpectedType, "open", path, reason: "a \(kind.rawValue), not a regular file"))
                    }
                    return true
                }
                let file = ContainerLogFile(
                    path: path, name: text, instance: instance, isRotated: !age.isEmpty,
                    size: UInt64(max(0, status.st_size)), modified: Timestamp(status.st_mtim),
                    identity: FileIdentity(status))
                found.append((file, age))
                return true
            }
        } catch {
            switch error {
            case .listing(let failure): throw failure
            }
        }
        listing.files = found.sorted { left, right in
            if left.file.instance != right.file.instance { return left.file.instance > right.file.instance }
            if left.file.isRotated != right.file.isRotated { return right.file.isRotated }
            return left.age > right.age
        }.map(\.file)
        return listing
    }

    /// A number as it is written without a sign and zeros before it.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let value = Int(text),
            String(value) == String(text)
        else { return nil }
        return value
    }

    /// With zeros before it, so that texts sort as numbers.
    private static func format(_ value: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
