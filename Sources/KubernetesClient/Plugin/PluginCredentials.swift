internal import NIOSSL

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What a credential plugin gave, kept until it expires or is refused. However many requests need it, it runs once at a time.
actor PluginCredentials {
    struct Credential: Sendable {
        /// Counts what the plugin has given.
        let number: Int
        let token: String?
        /// With the plugin's certificate; nil when it gave none.
        let tls: TLSConfiguration?
        let expires: Date?
    }

    private typealias Answer = Result<Credential, KubernetesError>

    /// How long a failure counts: thousands of requests must not each wait for a plugin that hangs.
    private static let failureAge = Duration.seconds(10)

    private let runner: PluginRunner
    private let renewalPause: Duration
    private var current: Credential?
    private var failure: (error: KubernetesError, at: ContinuousClock.Instant)?
    private var given = 0
    private var work: Task<Void, Never>?
    /// Whether a refusal is why the one under way was begun.
    private var isRenewing = false
    private var renewed: (number: Int, at: ContinuousClock.Instant)?
    private var runs = 0
    private var waiters: [Int: AsyncStream<Answer>.Continuation] = [:]
    private var lastWaiter = 0

    init(_ runner: PluginRunner, renewalPause: Duration) {
        self.runner = runner
        self.renewalPause = renewalPause
    }

    /// Whether there is another than the one that was refused: somebody else has it already, or the plugin is run for it. Not, where
    /// that one is itself the answer to a refusal of a moment ago.
    ///
    /// client-go runs it for each refusal of the current credential, and does not ask the server again by itself. Source:
    /// k8s.io/client-go `plugin/pkg/client/auth/exec`, `maybeRefreshCreds`.
    func isRenewed(after number: Int) async throws(KubernetesError) -> Bool {
        if let current, let renewed, current.number == number, renewed.number == number,
            ContinuousClock.now - renewed.at < renewalPause, current.expires.map({ Date.now < $0 }) ?? true
        {
            return false
        }
        _ = try await credential(refused: number)
        return true
    }

    /// - Parameter refused: the number of the one that the server did not accept.
    func credential(refused: Int? = nil) async throws(KubernetesError) -> Credential {
        if let current, current.number != refused, current.expires.map({ Date.now < $0 }) ?? true { return current }
        if let failure, ContinuousClock.now - failure.at < Self.failureAge { throw failure.error }
        lastWaiter += 1
        let waiter = lastWaiter
        let (answers, feed) = AsyncStream<Answer>.makeStream()
        waiters[waiter] = feed
        if work == nil {
            runs += 1
            isRenewing = refused != nil
            let run = runs
            work = Task {
                let answer = await ask()
                finish(run: run, answer)
            }
        }
        for await answer in answers { return try answer.get() }
        // Cancelled. The plugin goes on for those who still wait.
        waiters[waiter] = nil
        if waiters.isEmpty {
            work?.cancel()
            work = nil
        }
        throw runner.failure("cancelled", code: .cancelled)
    }

    private func finish(run: Int, _ answer: Answer) {
        // One that everybody left has nobody to tell.
        guard run == runs, work != nil else { return }
        work = nil
        switch answer {
        case .success(let credential):
            (current, failure) = (credential, nil)
            if isRenewing { renewed = (credential.number, ContinuousClock.now) }
        case .failure(let error): failure = (error, ContinuousClock.now)
        }
        for waiter in waiters.values { waiter.yield(answer) }
        waiters = [:]
    }

    private func ask() async -> Answer {
        do throws(KubernetesError) {
            let answer = try await runner.run()
            given += 1
            return .success(
                Credential(number: given, token: answer.token, tls: try tls(answer), expires: answer.expires))
        } catch {
            return .failure(error)
        }
    }

    /// A certificate of the kubeconfig itself goes first, as in client-go.
    private func tls(_ answer: ExecCredential) throws(KubernetesError) -> TLSConfiguration? {
        guard let certificate = answer.certificate, runner.access.clientCertificate == nil else { return nil }
        var access = runner.access
        access.clientCertificate = .data(certificate.chain)
        access.clientKey = .data(certificate.key)
        access.token = answer.token
        do {
            return try TLSSettings(access: access).configuration
        } catch {
            throw runner.failure("its certificate cannot be used: \(error.reason)")
        }
    }
}
