public import BundleFormat
public import Collection
public import KubernetesClient
public import StructuredText

/// What a capture would try, and which of it the API server would not allow. Nothing is captured for it: pods are listed, and
/// permissions are asked for.
public struct CapturePreview: Sendable {
    /// What would become of an attempt.
    public enum Verdict: Sendable {
        /// Nothing speaks against it, as far as that was looked at. Whether a container has the tools shows only when it is tried.
        case possible
        /// How it would end, whatever is tried: a container does not run, or must not be touched.
        case settled(Outcome)
        case denied([AccessNeed])
        /// The server did not tell what it allows, or what was to be looked at gave no answer in time.
        case unknown(String)
    }

    public struct Item: Sendable {
        public var collector: String
        public var step: String
        public var target: Target
        public var source: EvidenceSource
        public var volatility: Int
        public var limits: StepLimits
        public var verdict: Verdict
        /// What else it leads to, where that is not known before; nil where it leads to nothing, or to what is in the list.
        public var leadsTo: String?
    }

    /// By volatility.
    public var items: [Item] = []
    public var pods = 0
    public var containers = 0
    /// Why pods could not be looked for; what is in containers is not in the list then.
    public var unseen: [KubernetesError] = []
    /// Whether pods were left out because there are very many.
    public var isCut = false
    /// All that the API server must allow, and of it what it does not; sorted.
    public var needs: [AccessNeed] = []
    public var denied: [AccessNeed] = []

    /// The pods of node agents that would be made, by node.
    public var agentPods: [JSONObject] = []
    /// The namespace that would be made for them; nil when it is there, or cannot be seen.
    public var agentNamespace: JSONObject?

    public init() {}

    /// More pods are not looked at.
    static let mostPods = 2_000

    /// - Parameter proven: what the server has allowed already.
    init(
        _ attempts: [PlannedAttempt], access: AccessCheck, proven: Set<AccessNeed>, foreseeing pass: ForesightPass
    ) async {
        let all = Set(attempts.flatMap(\.needs))
        var answers = await access.answers(all.subtracting(proven))
        for need in proven { answers[need] = .allowed }
        items = await pass.items(attempts.map { ($0, Self.verdict($0, answers)) })
        sort()
        needs = all.sorted(by: Self.precedes)
        denied = needs.filter { answers[$0] == .denied }
    }

    /// All that is needed wherever something is denied: objects with less would take away, when they are applied, what objects of
    /// the same names have granted.
    public var neededWhereDenied: [AccessNeed] {
        let places = Set(denied.map(\.namespace))
        return needs.filter { places.contains($0.namespace) }
    }

    private static func verdict(_ attempt: PlannedAttempt, _ answers: [AccessNeed: AccessCheck.Answer]) -> Verdict {
        if let known = attempt.known { return .settled(known) }
        let denied = attempt.needs.filter { answers[$0] == .denied }
        guard denied.isEmpty else { return .denied(denied) }
        for need in attempt.needs {
            if case .unknown(let reason) = answers[need] { return .unknown(reason) }
        }
        return .possible
    }

    private static func precedes(_ one: AccessNeed, _ other: AccessNeed) -> Bool {
        (one.namespace ?? "", one.group, one.resource, one.verb)
            < (other.namespace ?? "", other.group, other.resource, other.verb)
    }

    /// Adds what no API server has a say in: what is read from this host, and what is run and dialled from it.
    public mutating func add(own attempts: [PlannedAttempt], reach: Foresight.Reach) async {
        items += await ForesightPass(reach).items(attempts.map { ($0, Self.verdict($0, [:])) })
        sort()
    }

    /// By volatility; those of the same as they are.
    private mutating func sort() {
        items = items.enumerated()
            .sorted { ($0.element.volatility, $0.offset) < ($1.element.volatility, $1.offset) }.map(\.element)
    }
}

extension CapturePreview.Item {
    init(_ attempt: PlannedAttempt, _ verdict: CapturePreview.Verdict) {
        self.init(
            collector: attempt.collector, step: attempt.step, target: attempt.target, source: attempt.source,
            volatility: attempt.volatility, limits: attempt.limits, verdict: verdict, leadsTo: attempt.leadsTo)
    }

    /// Whether it is known that something would be lacking; of what is unknown it is not known that nothing would.
    public var isGap: Bool {
        switch verdict {
        case .possible: false
        case .denied, .unknown: true
        case .settled(let outcome):
            Gap(
                collector: collector, state: outcome.state, code: outcome.reason?.code.rawValue ?? "", count: 1,
                example: ""
            ).isLoss
        }
    }
}
