public import Collection

/// A step kind in a container: plans what is to be captured from one.
protocol ContainerStepKind: Sendable {
    static var kind: StepKind { get }

    init(session: ClusterSession, definition: CollectorDefinition, step: StepDefinition)

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt]
}

/// A step kind that is planned once for a run, from what the run captures of the cluster: of the cluster itself, or of nodes.
protocol ClusterStepKind: Sendable {
    static var kind: StepKind { get }

    init(session: ClusterSession, definition: CollectorDefinition, step: StepDefinition)

    func plan(_ captured: CapturedTargets) -> [PlannedAttempt]
}

/// A step kind on the host that the tool runs on.
protocol HostStepKind: Sendable {
    static var kind: StepKind { get }
    /// Whether it says which host it is, or what runs on it: what a reader wants to know of any capture there.
    static var placesOthers: Bool { get }

    /// Whom its attempt shares its slots with.
    static var lane: PlannedAttempt.Lane { get }
    /// Whether a capture of pods takes it of their nodes, too: what walks whole disks it does not.
    static var isOfNodes: Bool { get }

    init(_ step: StepDefinition, _ options: HostCapture.Options)

    func run(_ context: AttemptContext) async throws -> Outcome
}

extension HostStepKind {
    static var placesOthers: Bool { false }
    static var lane: PlannedAttempt.Lane { .usual }
    static var isOfNodes: Bool { true }
}

/// A step kind that runs something on the operator's machine. Its collectors run only when the operator names them.
protocol LocalStepKind: Sendable {
    static var kind: StepKind { get }

    init(_ step: StepDefinition, _ definition: CollectorDefinition, _ options: LocalCapture.Options)

    /// What it does, an attempt each.
    func parts() -> [LocalPart]
}

/// A part of a step on the operator's machine, which has an attempt of its own.
package struct LocalPart: Sendable {
    /// What it is done to, for the ledger's target and for people; nil when that is this machine.
    var name: String?
    var run: @Sendable (AttemptContext) async throws -> Outcome
    /// How `run` would end, as far as that shows without doing it; nil when nothing speaks against it. It goes the way that `run`
    /// goes first, so that a forecast and a capture cannot disagree.
    var foresee: @Sendable (Foresight.Reach) async throws -> Outcome?
}

/// Every step kind there is: who adds one adds it here, and nowhere else.
public enum StepRegistry {
    static let container: [any ContainerStepKind.Type] = [
        ContainerSocketsStep.self, ContainerProcessesStep.self, ContainerChangesStep.self, LogsStep.self,
        EnvironmentStep.self, ExecStep.self, FilesStep.self, ContainerTLSStep.self, HTTPStep.self, ProbesStep.self,
        ScrapeStep.self,
    ]

    /// Those of scope `container` that can be done from the host that a container runs on.
    static let nodeContainer: [any NodeContainerStepKind.Type] = [
        NodeSocketsStep.self, NodeProcessesStep.self, NodeLogsStep.self, NodeChangesStep.self,
    ]

    static let cluster: [any ClusterStepKind.Type] = [
        DiscoveryStep.self, OpenAPIStep.self, AccessStep.self, TablesStep.self, MetricsStep.self,
        ClusterLogsStep.self, ResourcesStep.self, IngressTLSStep.self, AuditLogStep.self,
    ]

    static let host: [any HostStepKind.Type] = [
        HostSocketsStep.self, HostProcessesStep.self, HostIdentityStep.self, HostMountsStep.self,
        HostKernelStep.self, HostJournalStep.self, HostChangesStep.self, HostFilesStep.self, HostContainersStep.self,
        HostAccountsStep.self, HostPackagesStep.self, HostStartupStep.self, HostKernelStateStep.self,
        HostNodeConfigurationStep.self, HostNetworkStep.self, PacketsStep.self,
    ]

    static let local: [any LocalStepKind.Type] = [
        CommandStep.self, PluginStep.self, TCPStep.self, TLSStep.self, DNSStep.self, LocalHTTPStep.self,
    ]

    /// What definitions are checked against. Pods and lists are planned together, as one list decides what another keeps.
    public static let kinds = StepKinds(
        container.map { $0.kind } + cluster.map { $0.kind } + host.map { $0.kind } + local.map { $0.kind }
            + [PodsStep.kind, ListStep.kind])

    static func container(_ kind: StepKind) -> (any ContainerStepKind.Type)? {
        container.first { $0.kind == kind }
    }

    static func nodeContainer(_ kind: StepKind) -> (any NodeContainerStepKind.Type)? {
        nodeContainer.first { $0.kind == kind }
    }

    static func cluster(_ kind: StepKind) -> (any ClusterStepKind.Type)? {
        cluster.first { $0.kind == kind }
    }

    static func host(_ kind: StepKind) -> (any HostStepKind.Type)? {
        host.first { $0.kind == kind }
    }

    static func local(_ kind: StepKind) -> (any LocalStepKind.Type)? {
        local.first { $0.kind == kind }
    }
}
