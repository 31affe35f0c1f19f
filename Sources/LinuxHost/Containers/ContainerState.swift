/// What a runtime's own state on disk says of one of its containers.
struct ContainerState: Sendable {
    var id: String
    var runtime: HostContainer.Runtime
    /// Of containerd: the namespace that it is in.
    var runtimeNamespace: String?
    var name: String?
    var image: String?
    var imageID: String?
    /// Of which pod it is by its annotations. Anybody who may start containers sets those, so it counts only for one that stands in
    /// a pod's control group.
    var pod: HostContainer.Pod?
    var initPID: Int32?
    /// Where its root file system is mounted, if it says.
    var rootPath: RawText?
    /// Where it stands among control groups, if it says.
    var controlGroup: [RawText]?

    init(id: String, runtime: HostContainer.Runtime) {
        self.id = id
        self.runtime = runtime
    }

    /// Takes over what only the other one knows: two programs keep state of one container (Docker and its containerd).
    mutating func complete(by other: ContainerState) {
        if runtime == .unknown { runtime = other.runtime }
        runtimeNamespace = runtimeNamespace ?? other.runtimeNamespace
        name = name ?? other.name
        image = image ?? other.image
        imageID = imageID ?? other.imageID
        pod = pod ?? other.pod
        initPID = initPID ?? other.initPID
        rootPath = rootPath ?? other.rootPath
        controlGroup = controlGroup ?? other.controlGroup
    }
}
