public import KubernetesClient

/// What every step that asks the cluster needs.
public struct ClusterSession: Sendable {
    public struct Options: Sendable {
        /// How far back logs and changed files go; nil: everything, and since the container's start.
        public var since: Duration?
        /// Only this many last lines of each log; nil: all.
        public var tailLines: Int?
        /// False forbids exec: the target is only asked about, not touched.
        public var mayExec = true
        /// Nil takes one snapshot of sockets and processes and no more.
        public var sampling: Sampling?

        public init() {}
    }

    public let client: KubernetesClient
    public let discovery: Discovery
    public let redactor: SecretRedactor
    public let options: Options
    /// The cluster's clock, which is what times from the cluster are compared with; nil when the server does not tell it.
    public let clock: ServerClock?
    /// What the server must allow on `pods/exec`: a command is asked for with GET, which is the verb "get"; from 1.35 on the server
    /// wants "create" for it, too. Source: k8s.io/kubernetes, feature gate AuthorizePodWebsocketUpgradeCreatePermission.
    let execVerbs: [String]
    /// Nil when none may be run.
    let agents: NodeAgents?
    /// What the steps have learnt of the containers.
    let tools = ToolMemory()
    /// Which nodes give their log files.
    let nodeLogs = NodeLogs()
    /// In which state each list was read.
    let lists = ReadLists()
    /// What was found that is still to be captured.
    let followUps = FollowUps()
    /// The same, when nothing may wait for it.
    let lastFollowUps = FollowUps()
    /// What has its place in the bundle.
    let claims = PathClaims()

    public init(
        client: KubernetesClient, discovery: Discovery, redactor: SecretRedactor, options: Options,
        clock: ServerClock? = nil, version: ServerVersion? = nil, agents: NodeAgents? = nil
    ) {
        self.agents = agents
        self.client = client
        self.discovery = discovery
        self.redactor = redactor
        self.options = options
        self.clock = clock
        execVerbs = version.map { $0.isAtLeast(1, 35) } ?? false ? ["get", "create"] : ["get"]
    }

    /// What is listed: each resource once. Groups that only repeat others under an old name are left out.
    var resources: [APIResource] {
        discovery.preferredResources.filter { resource in
            // Deployments, Ingresses … of `extensions` are those of `apps` and `networking.k8s.io`.
            !(resource.group == "extensions"
                && discovery.resources.contains { $0.group != "extensions" && $0.kind == resource.kind })
        }
    }

    /// The served resource of this plural name in the core group.
    func core(_ resource: String) throws -> APIResource {
        guard let found = discovery.resources.first(where: { $0.group.isEmpty && $0.resource == resource }) else {
            throw TargetError(
                code: .unknownResource, message: "the API server does not serve \(resource)",
                advice: "Check the server of the context: it may be no Kubernetes API server")
        }
        return found
    }
}

/// Why a target could not be found.
public struct TargetError: Error, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The cluster has no such resource.
        public static let unknownResource = Code(rawValue: "unknownResource")
        /// No object of that name.
        public static let notFound = Code(rawValue: "notFound")
        /// More than one is meant.
        public static let ambiguous = Code(rawValue: "ambiguous")
        /// Whether it is there could not be found out in time.
        public static let unanswered = Code(rawValue: "unanswered")
    }

    public var code: Code
    public var message: String
    public var advice: String

    public var description: String { advice.isEmpty ? message : "\(message). \(advice)" }
}
