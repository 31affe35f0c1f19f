internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// A document that the API server answers a GET with: kept byte for byte, as it streams in.
struct APIDocument: Sendable {
    /// Of its path, not encoded.
    let segments: [String]
    /// The media types that are asked for, as a client would.
    var accept = "application/json"
    /// Where it goes, below `data/`.
    var file: [String]
    var media = MediaType.json

    /// One that the API server says of itself: it goes where ``file(_:ending:)`` says.
    init(_ segments: [String]) {
        self.segments = segments
        file = Self.file(segments)
    }

    /// Below `cluster/api` at the path that it was asked for, with an ending for its media type (format.md 3.2).
    static func file(_ segments: [String], ending: String = "json") -> [String] {
        ["cluster", "api"] + Array(segments[..<max(0, segments.count - 1)]) + ["\(segments.last ?? "").\(ending)"]
    }

    /// For people, and the ledger.
    var name: String { "/" + segments.joined(separator: "/") }

    /// Asks for it; nothing is written unless something comes.
    ///
    /// - Parameter isMeant: gets the beginning of the answer, and says whether that is what was asked for; else nothing is kept.
    func capture(
        _ session: ClusterSession, _ context: AttemptContext, isMeant: (ArraySlice<UInt8>) -> Bool = { _ in true }
    ) async throws -> Outcome {
        let path = try RequestPath.join(segments, doing: "getting a document of the API server")
        var entry: EvidenceEntry?
        var isRefused = false
        try await session.client.stream(path: path, accept: accept) { chunk in
            guard !isRefused else { return }
            if entry == nil {
                isRefused = !isMeant(chunk)
                guard !isRefused else { return }
                entry = try await context.entry(file, media: media)
            }
            try await entry?.write(chunk)
        }
        guard let entry else { return .empty }
        try await entry.finish()
        return .ok
    }
}

/// What the step kinds have in common that capture what the API server says: each document is an attempt, and so a line, of its own.
struct DocumentStep: Sendable {
    /// More group versions than any cluster has; a server that lists more is not obeyed.
    static let maxDocuments = 1_000

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func attempt(_ document: APIDocument, isOptional: Bool = false) -> PlannedAttempt {
        attempt(Target(resource: document.name), document.name, isOptional: isOptional) { context in
            try await document.capture(session, context)
        }
    }

    /// - Parameter isOptional: servers of some versions do not have it: that it is not there is an answer, and no loss.
    func attempt(
        _ target: Target, _ label: String, isOptional: Bool = false,
        work: @escaping @Sendable (AttemptContext) async throws -> Outcome
    ) -> PlannedAttempt {
        PlannedAttempt(
            collector: definition.name, step: step.name, target: target, source: step.kind.source,
            volatility: definition.volatility, limits: step.limits, label: "\(step.name) \(label)"
        ) { context in
            do {
                return try await APIOutcome.translating { try await work(context) }
            } catch let failure as StepFailure where isOptional && failure.outcome.state == .missing {
                return .missing("NotServed", "this API server does not have it")
            }
        }
    }

    /// The first ``maxDocuments`` of what there is, and a line that says how many are left out.
    func bounded<Item>(_ items: [Item], _ what: String, plan: (Item) -> PlannedAttempt) -> [PlannedAttempt] {
        let attempts = items.prefix(Self.maxDocuments).map(plan)
        guard items.count > attempts.count else { return attempts }
        return attempts + [
            .settled(
                collector: definition.name, step: step.name, target: Target(resource: what), source: step.kind.source,
                volatility: definition.volatility, label: "\(step.name) \(what)",
                outcome: .partial("TooMany", "left out \(items.count - attempts.count) of \(items.count) \(what)"))
        ]
    }
}
