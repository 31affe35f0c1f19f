internal import BundleFormat
internal import Collection

/// How long one attempt may wait for a container where another one has waited in vain.
struct ContainerPatience: Sendable {
    /// In a container where a command hung before, the next ones get little time.
    private static let withStuck = Duration.seconds(4)

    let session: ClusterSession
    let definition: CollectorDefinition
    let pod: PodSummary
    let container: PodSummary.Container

    /// - Parameters:
    ///   - what: was waited for, as in "command in this container".
    ///   - isUnderWay: whether the container owes an answer. What was not asked, or has ended, says nothing of it.
    func bounded(
        _ what: String, isUnderWay: @escaping @Sendable () -> Bool,
        work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        let run = ToolMemory.Container(pod: pod, container: container)
        // A collector that is for some containers only asks a service in them. When that hangs the container need not.
        let service = definition.select == nil ? nil : definition.name
        guard session.tools.isStuck(run, collector: service) else {
            return try await withTaskCancellationHandler {
                try await work()
            } onCancel: {
                if isUnderWay() { session.tools.noteStuck(run, collector: service) }
            }
        }
        return try await Patience.within(
            Self.withStuck, late: "did not end within \(Self.withStuck); an earlier \(what) hung too"
        ) {
            try await work()
        }
    }
}

enum Patience {
    /// Does it, and gives it up when it takes longer.
    static func within(
        _ limit: Duration, late words: String, _ work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw StepFailure(Outcome(.timeout, reason: Reason(code: "Timeout", message: words)))
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw CancellationError() }
            return outcome
        }
    }
}
