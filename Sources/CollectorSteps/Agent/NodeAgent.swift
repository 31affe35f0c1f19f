internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// An agent that runs on a node, and the conversations with it.
final class NodeAgent: Sendable {
    let node: String
    let pod: String
    let uid: String
    private let policy: AgentPolicy
    private let client: KubernetesClient
    private let expiry: Int

    private struct State {
        var idle: [AgentSession] = []
        var isOver = false
    }

    private let state = Mutex(State())

    init(client: KubernetesClient, policy: AgentPolicy, node: String, pod: String, uid: String, expiry: Int) {
        self.client = client
        self.policy = policy
        self.node = node
        self.pod = pod
        self.uid = uid
        self.expiry = expiry
    }

    /// Has a job done in a conversation that is free, or in a new one. One that was cut off is not used again.
    ///
    /// How many there are at once is bounded by who asks: through one kubelet no more than half of what is under way.
    func run(_ job: AgentJob, place: [String], under: String?, _ context: AttemptContext) async throws -> Outcome {
        let (session, isUsed) = try await take()
        do {
            let outcome = try await session.run(job, place: place, under: under, context)
            giveBack(session)
            return outcome
        } catch  where isUsed && !session.hasAnswered && !Task.isCancelled {
            // It had gone while nobody needed it.
            session.close()
            return try await run(job, place: place, under: under, context)
        } catch let error as AgentProtocolError {
            session.close()
            throw StepFailure(.error("AgentFailed", "the node agent \(error.reason)"))
        } catch {
            session.close()
            throw error
        }
    }

    /// Who the agent is, by a first conversation that is then free.
    func hello() async throws -> AgentHello {
        let session = try await begin(["--digest"])
        giveBack(session)
        return session.hello
    }

    /// Ends all conversations: before its pod is removed, since some runtimes do not end a container whose output nobody reads.
    func close() {
        let idle = state.withLock { state in
            state.isOver = true
            defer { state.idle = [] }
            return state.idle
        }
        for session in idle { session.close() }
    }

    /// - Returns: and whether it has been used before.
    private func take() async throws -> (AgentSession, Bool) {
        if let session = state.withLock({ $0.idle.popLast() }) { return (session, true) }
        return (try await begin(), false)
    }

    private func begin(_ more: [String] = []) async throws -> AgentSession {
        let exec = try await client.openExec(
            namespace: policy.namespace, pod: pod, container: AgentManifest.container,
            argv: ["/exhibit", "agent", "serve", "--until", "\(expiry)"] + more)
        return try await AgentSession.begin(exec)
    }

    private func giveBack(_ session: AgentSession) {
        let isOver = state.withLock { state in
            if !state.isOver { state.idle.append(session) }
            return state.isOver
        }
        if isOver { session.close() }
    }
}
