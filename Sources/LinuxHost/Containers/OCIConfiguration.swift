internal import StructuredText

/// What `config.json` of a container's bundle says (OCI runtime specification, config.md), as far as it tells who the container is.
struct OCIConfiguration: Sendable {
    /// The root file system's path; one that is not absolute lies in the bundle.
    let rootPath: String?
    let controlGroup: [RawText]?
    private let annotations: JSONObject?

    init(_ json: JSONValue) {
        rootPath = Self.word(json["root"]?["path"], most: 4_095)
        controlGroup = Self.word(json["linux"]?["cgroupsPath"], most: 4_095)
            .flatMap(ControlGroupPath.place(ofCgroupsPath:))
        annotations = json["annotations"]?.object
    }

    func annotation(_ key: String) -> String? { Self.word(annotations?[key]) }

    /// Names are short: what is longer than any of them can be is none.
    static func word(_ value: JSONValue?, most: Int = 1_024) -> String? {
        guard let text = value?.string, !text.isEmpty, text.utf8.count <= most else { return nil }
        return text
    }

    /// Source: containerd, `internal/cri/annotations`; `pkg/cri/annotations` before 2.0.
    var containerdPod: HostContainer.Pod? {
        guard let namespace = annotation("io.kubernetes.cri.sandbox-namespace"),
            let name = annotation("io.kubernetes.cri.sandbox-name"),
            let uid = annotation("io.kubernetes.cri.sandbox-uid")
        else { return nil }
        let isSandbox = annotation("io.kubernetes.cri.container-type") == "sandbox"
        return HostContainer.Pod(
            namespace: namespace, name: name, uid: uid,
            container: isSandbox ? nil : annotation("io.kubernetes.cri.container-name"))
    }

    /// Source: CRI-O, `internal/annotations`; the others are the kubelet's labels.
    var crioPod: HostContainer.Pod? {
        guard let type = annotation("io.kubernetes.cri-o.ContainerType"),
            let namespace = annotation("io.kubernetes.pod.namespace"), let name = annotation("io.kubernetes.pod.name"),
            let uid = annotation("io.kubernetes.pod.uid")
        else { return nil }
        return HostContainer.Pod(
            namespace: namespace, name: name, uid: uid,
            container: type == "sandbox" ? nil : annotation("io.kubernetes.container.name"))
    }
}
