package import Collection
public import StructuredText

/// What the plan needs to know of a pod: its containers and what it refers to.
public struct PodSummary: Sendable, Hashable {
    /// A TCP port that a container declares.
    public struct TCPPort: Sendable, Hashable {
        public var number: Int
        public var name: String?
    }

    public struct Container: Sendable, Hashable {
        public enum Role: String, Sendable, Hashable {
            case container, initContainer, ephemeral
        }

        public var name: String
        public var role: Role
        /// True for an init container that runs on beside the containers: Kubernetes 1.28 and later, `restartPolicy: Always`.
        public var isSidecar = false
        public var isRunning: Bool
        /// True when it has run at least once, so that a log may be there.
        public var hasStarted: Bool
        /// True when an earlier instance ended, so that a previous log may be there.
        public var hasPrevious: Bool
        /// True when the first instance runs, or has run and was not followed by another: its log is the only one.
        public var isFirstInstance: Bool
        /// RFC 3339 start of the running instance.
        public var startedAt: String?
        /// What its runtime calls the instance that runs, or the last one; nil before there is one.
        public var runtimeID: String?
        /// The name of that runtime as the kubelet has it: `containerd`, `cri-o`, `docker`.
        public var runtime: String?
        /// Why it is not running: `ImagePullBackOff`, `PodInitializing`, `OOMKilled` …
        public var condition: String
        /// The image as the spec has it, and the ports that the container declares.
        public var image: String
        public var ports: [Int]
        /// Of those, the ones that are TCP, with their names.
        public var tcpPorts: [TCPPort] = []
        /// What the kubelet asks it by HTTP, as the spec says.
        public var probes: [HTTPProbe] = []
        /// Mount points of volumes that have secrets: Secrets, tokens of service accounts, what a secret store gives.
        public var secretMounts: [String] = []
        /// Mount points of all other volumes.
        public var plainMounts: [String] = []
        /// Mount points of writable volumes without a file system of another machine (emptyDir).
        public var scratchMounts: [String]

        /// The number of a declared TCP port.
        func tcpPort(named name: String) -> Int? { tcpPorts.first { $0.name == name }?.number }
    }

    public var metadata: ObjectMetadata
    /// What the node knows a static pod by, whose object has another UID: a digest of its manifest.
    public var staticPodHash: String?
    /// The container that `kubectl exec` and `kubectl logs` take when none is named; nil when the pod does not say.
    public var defaultContainer: String?
    public var phase: String
    public var node: String?
    /// Whether its ports are the node's.
    public var isInHostNetwork: Bool
    /// Where its metrics are, as its annotations say; nil when they do not say that it has any.
    public var metrics: MetricsAnnotations?
    public var serviceAccount: String
    public var containers: [Container]
    public var configMaps: Set<String>
    public var secrets: Set<String>
    public var claims: Set<String>
    /// Claims of devices (group `resource.k8s.io`), by name, and the templates that claims are made from.
    public var resourceClaims: Set<String>
    public var resourceClaimTemplates: Set<String>
    public var priorityClass: String?
    public var runtimeClass: String?

    public var name: String { metadata.name }
    public var namespace: String { metadata.namespace ?? "" }

    public init(_ pod: JSONValue) {
        let spec = pod["spec"]
        let status = pod["status"]
        metadata = ObjectMetadata(pod)
        let annotations = pod["metadata"]?["annotations"]
        defaultContainer = annotations?["kubectl.kubernetes.io/default-container"]?.string
        // The kubelet's own annotations: pkg/kubelet/types/constants.go.
        staticPodHash =
            annotations?["kubernetes.io/config.mirror"] != nil ? annotations?["kubernetes.io/config.hash"]?.string : nil
        phase = status?["phase"]?.string ?? "Unknown"
        node = spec?["nodeName"]?.string
        isInHostNetwork = spec?["hostNetwork"]?.bool ?? false
        metrics = MetricsAnnotations(annotations)
        serviceAccount = spec?["serviceAccountName"]?.string ?? "default"
        let references = PodReferences(spec)
        configMaps = references.configMaps
        secrets = references.secrets
        claims = references.claims
        resourceClaims = references.resourceClaims
        resourceClaimTemplates = references.resourceClaimTemplates
        priorityClass = spec?["priorityClassName"]?.string
        runtimeClass = spec?["runtimeClassName"]?.string
        let scratch = references.scratchVolumes
        let withheld = references.secretVolumes
        containers = []
        for (key, statusKey, role) in [
            ("initContainers", "initContainerStatuses", Container.Role.initContainer),
            ("containers", "containerStatuses", .container),
            ("ephemeralContainers", "ephemeralContainerStatuses", .ephemeral),
        ] {
            var statuses: [String: JSONValue] = [:]
            for one in status?[statusKey]?.array ?? [] {
                if let name = one["name"]?.string, statuses[name] == nil { statuses[name] = one }
            }
            for container in spec?[key]?.array ?? [] {
                guard let name = container["name"]?.string, ObjectMetadata.isName(name) else { continue }
                let own = statuses[name]
                let mounts = (container["volumeMounts"]?.array ?? []).filter { mount in
                    mount["name"]?.string.map(scratch.contains) == true && mount["readOnly"]?.bool != true
                }
                var found = Container(
                    name: name, role: role, status: own, image: container["image"]?.string ?? "",
                    ports: (container["ports"]?.array ?? []).compactMap { $0["containerPort"]?.int },
                    scratchMounts: mounts.compactMap { $0["mountPath"]?.string })
                found.isSidecar = role == .initContainer && container["restartPolicy"]?.string == "Always"
                found.tcpPorts = (container["ports"]?.array ?? []).compactMap { port in
                    guard let number = port["containerPort"]?.int, (1...65_535).contains(number),
                        port["protocol"]?.string ?? "TCP" == "TCP"
                    else { return nil }
                    return TCPPort(number: number, name: port["name"]?.string)
                }
                found.probes = HTTPProbe.all(of: container)
                for mount in container["volumeMounts"]?.array ?? [] {
                    guard let path = mount["mountPath"]?.string else { continue }
                    if mount["name"]?.string.map(withheld.contains) == true {
                        found.secretMounts.append(path)
                    } else {
                        found.plainMounts.append(path)
                    }
                }
                containers.append(found)
            }
        }
    }
}

extension PodSummary.Container {
    init(
        name: String, role: Role, status: JSONValue?, image: String, ports: [Int], scratchMounts: [String]
    ) {
        let state = status?["state"]
        let last = status?["lastState"]
        let restarts = status?["restartCount"]?.int ?? 0
        self.name = name
        self.role = role
        self.image = image
        self.ports = ports
        self.scratchMounts = scratchMounts
        isRunning = state?["running"] != nil
        hasPrevious = restarts > 0 || last?["terminated"] != nil
        hasStarted = isRunning || state?["terminated"] != nil || hasPrevious
        isFirstInstance =
            !hasPrevious && status?["restartCount"]?.int == 0
            && (isRunning || state?["terminated"]?["containerID"]?.string?.isEmpty == false)
        startedAt = state?["running"]?["startedAt"]?.string
        // As in `containerd://ID`.
        if let text = status?["containerID"]?.string, let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) {
            runtimeID = String(text[text.utf8.index(after: slash)...])
            runtime = text.split(separator: ":").first.map(String.init)
        }
        condition = TextSafety.oneLine(
            state?["waiting"]?["reason"]?.string ?? state?["terminated"]?["reason"]?.string
                ?? (isRunning ? "Running" : "no status yet"))
    }
}

extension PodSummary {
    /// The containers that a collector is for and that run, sidecars last; if none does, all that it is for. Neither those that prepare
    /// the pod and end nor those that were added to it later.
    func picked(by definition: CollectorDefinition) -> [Container] {
        Self.running(
            picked(by: definition) { $0.role == .container } + picked(by: definition, where: \.isSidecar))
    }

    /// The same without sidecars: a service that is nobody's in particular is put down to one of these.
    func main(by definition: CollectorDefinition) -> [Container] {
        Self.running(picked(by: definition) { $0.role == .container })
    }

    private static func running(_ picked: [Container]) -> [Container] {
        let running = picked.filter(\.isRunning)
        return running.isEmpty ? picked : running
    }

    /// While none of the pod's own containers runs: those that prepare it, or stand by it from then on (a sidecar that is an init
    /// container), that a collector is for and that run.
    func preparing(by definition: CollectorDefinition) -> [Container] {
        guard !containers.contains(where: { $0.role == .container && $0.isRunning }) else { return [] }
        return picked(by: definition) { $0.role == .initContainer && $0.isRunning }
    }

    private func picked(by definition: CollectorDefinition, where isMeant: (Container) -> Bool) -> [Container] {
        containers.filter { container in
            isMeant(container) && definition.select.map { container.isPicked(by: $0, in: self) } ?? true
        }
    }

    /// The one container in which a collector of scope `pod` does its work: what it asks for is the same in all of them. The pod's
    /// default container, as `kubectl exec` has it, else the first; while none of them runs, the first that prepares the pod, which has
    /// the same network.
    package func place(of definition: CollectorDefinition) -> Container? {
        let picked = picked(by: definition)
        if !picked.contains(where: \.isRunning), let preparing = preparing(by: definition).first { return preparing }
        return picked.first { $0.name == defaultContainer } ?? picked.first
    }

    /// The container that what comes of a GET to a port is put down to: of those that the collector is for one that runs, and rather the one that
    /// declares the port. What is asked is the pod, and once is enough. A sidecar, or while none of the others runs one that prepares
    /// the pod, answers only if it declares the port.
    package func speaker(for port: Int, of definition: CollectorDefinition) -> Container? {
        let candidates = picked(by: definition)
        if let declaring = candidates.first(where: { $0.isRunning && $0.ports.contains(port) }) { return declaring }
        if let preparing = preparing(by: definition).first(where: { $0.ports.contains(port) }) { return preparing }
        let main = main(by: definition)
        return main.first { $0.ports.contains(port) } ?? main.first ?? candidates.first
    }
}

extension PodSummary.Container {
    /// Whether a collector with this selector is for it.
    func isPicked(by selector: TargetSelector, in pod: PodSummary) -> Bool {
        selector.picks(image: image, ports: ports, labels: pod.metadata.labels)
    }
}

/// The objects that a pod's spec names.
struct PodReferences {
    var configMaps: Set<String> = []
    var secrets: Set<String> = []
    var claims: Set<String> = []
    var resourceClaims: Set<String> = []
    var resourceClaimTemplates: Set<String> = []
    var scratchVolumes: Set<String> = []
    var secretVolumes: Set<String> = []

    init(_ spec: JSONValue?) {
        for volume in spec?["volumes"]?.array ?? [] {
            if let name = volume["name"]?.string, volume["emptyDir"] != nil { scratchVolumes.insert(name) }
            if let name = volume["name"]?.string, Self.hasSecrets(volume) { secretVolumes.insert(name) }
            insert(volume["configMap"]?["name"], into: &configMaps)
            insert(volume["secret"]?["secretName"], into: &secrets)
            insert(volume["persistentVolumeClaim"]?["claimName"], into: &claims)
            for source in volume["projected"]?["sources"]?.array ?? [] {
                insert(source["configMap"]?["name"], into: &configMaps)
                insert(source["secret"]?["name"], into: &secrets)
            }
        }
        for claim in spec?["resourceClaims"]?.array ?? [] {
            // Below `source` until Kubernetes 1.30.
            for names in [claim, claim["source"]] {
                insert(names?["resourceClaimName"], into: &resourceClaims)
                insert(names?["resourceClaimTemplateName"], into: &resourceClaimTemplates)
            }
        }
        for secret in spec?["imagePullSecrets"]?.array ?? [] { insert(secret["name"], into: &secrets) }
        for key in ["containers", "initContainers", "ephemeralContainers"] {
            for container in spec?[key]?.array ?? [] {
                for source in container["envFrom"]?.array ?? [] {
                    insert(source["configMapRef"]?["name"], into: &configMaps)
                    insert(source["secretRef"]?["name"], into: &secrets)
                }
                for variable in container["env"]?.array ?? [] {
                    insert(variable["valueFrom"]?["configMapKeyRef"]?["name"], into: &configMaps)
                    insert(variable["valueFrom"]?["secretKeyRef"]?["name"], into: &secrets)
                }
            }
        }
    }

    /// Source: k8s.io/api core/v1 types.go (VolumeSource, VolumeProjection); secrets-store-csi-driver.
    private static func hasSecrets(_ volume: JSONValue) -> Bool {
        volume["secret"] != nil || volume["csi"]?["driver"]?.string == "secrets-store.csi.k8s.io"
            || (volume["projected"]?["sources"]?.array ?? []).contains {
                // A pod's certificate comes with its private key.
                $0["secret"] != nil || $0["serviceAccountToken"] != nil || $0["podCertificate"] != nil
            }
    }

    private func insert(_ value: JSONValue?, into set: inout Set<String>) {
        if let name = value?.string { set.insert(name) }
    }
}
