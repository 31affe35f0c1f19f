internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// What the step kinds have in common that ask a service in a pod, through the API server: the one attempt, and what its end means.
struct PodRequest: Sendable {
    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition
    let pod: PodSummary
    let container: PodSummary.Container

    /// One attempt; none where the container does not run or the target may not be touched.
    ///
    /// - Parameters:
    ///   - name: of the attempt, as the ledger has it.
    ///   - file: below the container's folder.
    ///   - statuses: with which an answer is whole; nil for 200 to 299.
    func plan(_ question: PodQuestion, name: String, file: [String], statuses: [Int]?) -> PlannedAttempt {
        guard container.isRunning else {
            return settled(.missing("NotRunning", "the container is not running: \(container.condition)"), name: name)
        }
        guard session.options.mayExec else {
            return settled(.skipped("TouchNone", "the service would see a request (--touch none)"), name: name)
        }
        var attempt = PlannedAttempt(
            collector: definition.name, step: name, target: target, source: step.kind.source,
            volatility: definition.volatility, limits: step.limits, label: label(name)
        ) { context in
            let underWay = Atomic(false)
            return try await APIOutcome.translating {
                try await ServicePatience(memory: session.tools, pod: pod).bounded(within: context.limits.timeout) {
                    underWay.load(ordering: .relaxed)
                } work: {
                    defer { underWay.store(false, ordering: .relaxed) }
                    return try await capture(
                        question,
                        ObjectPaths.container(
                            namespace: pod.namespace, pod: pod.name, container: container.name, file),
                        statuses, context
                    ) { underWay.store(true, ordering: .relaxed) }
                }
            }
        }
        attempt.lane = .service
        attempt.needs = [AccessNeed("get", "pods/proxy", namespace: pod.namespace)]
        return attempt
    }

    func settled(_ outcome: Outcome, name: String) -> PlannedAttempt {
        .settled(
            collector: definition.name, step: name, target: target, source: step.kind.source,
            volatility: definition.volatility, label: label(name), outcome: outcome)
    }

    private var target: Target {
        .container(namespace: pod.namespace, pod: pod.name, container: container.name)
    }

    private func label(_ name: String) -> String {
        "\(definition.name)/\(name) \(pod.namespace)/\(pod.name)/\(container.name)"
    }

    private func capture(
        _ question: PodQuestion, _ file: [String], _ statuses: [Int]?, _ context: AttemptContext,
        asked: () -> Void
    ) async throws -> Outcome {
        let url = try question.serverPath
        var answer = ServiceAnswer(context, file: file)
        do {
            try await session.client.ask(question) { head in
                answer.begin(
                    ResponseRecord(
                        url: url, through: "pods/proxy", isVerified: question.isTLS ? false : nil, answer: head))
            } chunk: { bytes in
                try await answer.write(bytes)
            } asking: {
                // Before it is sent, each time: what could not be put down is not done.
                try await context.custody(.http, detail: ["method": "GET", "url": .string(url)])
                asked()
            }
        } catch is ServiceAnswer.BodyEnd {
            try await answer.finish()
            return answer.outcome(statuses: statuses)
        } catch {
            guard answer.record != nil, !(error is StepFailure) else { throw error }
            let words = (error as? KubernetesError)?.reason ?? "it was cut off"
            try await answer.finish(failure: words)
            guard let failure = error as? KubernetesError, ![.cancelled, .timeout].contains(failure.code) else {
                throw error
            }
            return .partial("BrokenOff", TextSafety.oneLine(words))
        }
        try await answer.finish()
        return answer.outcome(statuses: statuses)
    }
}
