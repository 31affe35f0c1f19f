/// A container that runs on this host, as control groups, the runtime's own state and the host's mount table tell it.
///
/// Nothing in it is the word of the container: what its own processes could have written is not looked at.
public struct HostContainer: Hashable, Sendable {
    /// Who runs it.
    public struct Runtime: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let containerd = Runtime(rawValue: "containerd")
        public static let crio = Runtime(rawValue: "cri-o")
        public static let docker = Runtime(rawValue: "docker")
        public static let podman = Runtime(rawValue: "podman")
        /// Its control group looks like one of a container, and no runtime's state about it was found.
        public static let unknown = Runtime(rawValue: "unknown")
    }

    /// Which container of which pod it is.
    public struct Pod: Hashable, Sendable {
        public var namespace: String
        public var name: String
        public var uid: String
        /// The container's name in the pod; nil for the pod's sandbox.
        public var container: String?

        public init(namespace: String, name: String, uid: String, container: String?) {
            self.namespace = namespace
            self.name = name
            self.uid = uid
            self.container = container
        }
    }

    /// The whole identifier: 64 hexadecimal digits, but of containerd, which takes any that it is given.
    public var id: String
    public var runtime: Runtime
    /// Of containerd, and of Docker's: the namespace that it is in, as `k8s.io`, `moby`, `default`.
    public var runtimeNamespace: String?
    /// The user whose own service manager it stands below (rootless); nil of the host's own. Whoever that is can name control groups and
    /// write state as they like, so of theirs no state is read.
    public var userID: UInt32?
    /// As its runtime calls it; nil where it has no other name than its identifier.
    public var name: String?
    /// The image as it was asked for, and what that was resolved to.
    public var image: String?
    public var imageID: String?
    public var pod: Pod?
    /// The process that the runtime started, and its start in ticks since boot: a reused number is another process.
    public var initPID: Int32?
    public var initStartTicks: UInt64?
    /// Its control group, from the hierarchy's root.
    public var controlGroup: RawText
    /// The inode of its network namespace.
    public var networkNamespace: UInt64?
    /// Where its root file system is mounted on the host; nil where the host's mount table does not show it.
    public var rootMount: RawText?
    /// Processes in its control group, by ascending pid, as of the reading.
    public var pids: [Int32] = []

    public init(id: String, runtime: Runtime, controlGroup: RawText) {
        self.id = id
        self.runtime = runtime
        self.controlGroup = controlGroup
    }

    /// The first twelve digits, as runtimes print it.
    public var shortID: String { String(id.prefix(12)) }

    /// What a person calls it, told apart from others of that name.
    public var label: String { name.map { "\($0)-\(shortID)" } ?? shortID }
}

/// The containers of this host.
public struct ContainerSnapshot: Sendable {
    /// By control group.
    public var containers: [HostContainer] = []
    /// What could not be read, and why.
    public var failures = FailureLog()
    /// Whether it was cancelled before the end.
    public var isCancelled = false

    public init() {}

    /// Those that somebody means by this: the beginning of an identifier (four digits at least), a whole identifier, a container's
    /// name, or `NAMESPACE/POD/CONTAINER`; of a pod's sandbox `NAMESPACE/POD/`.
    public func matching(_ text: String) -> [HostContainer] {
        let isIdentifier = text.utf8.count >= 4 && text.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
        return containers.filter { container in
            container.id == text || (isIdentifier && container.id.hasPrefix(text)) || container.name == text
                || container.pod.map { "\($0.namespace)/\($0.name)/\($0.container ?? "")" == text } == true
        }
    }
}
