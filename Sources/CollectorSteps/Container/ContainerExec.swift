internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText
internal import Synchronization

/// Runs commands inside a container, writing down each before it is run.
final class ContainerExec: Sendable {
    /// More of standard error is not kept.
    static let maxErrorBytes = 4_096

    private let session: ClusterSession
    private let pod: PodSummary
    private let container: PodSummary.Container
    private let hearing = Mutex(Hearing())

    /// Since when nothing has come of the command under way.
    private struct Hearing {
        var isUnderWay = false
        /// What came is being written down, which is not the container's time.
        var isWriting = false
        var last = ContinuousClock.now
        var began = ContinuousClock.now
        var bytes = 0
    }

    /// Who has not said anything for so long is waited for in vain.
    private static let silence = Duration.seconds(1)
    /// Bytes a second. Who says less, drop by drop, is not waited for either.
    private static let leastRate = 1_024.0

    init(session: ClusterSession, pod: PodSummary, container: PodSummary.Container) {
        self.session = session
        self.pod = pod
        self.container = container
    }

    /// Whether a command was sent whose end has not been seen.
    private var isUnderWay: Bool { hearing.withLock { $0.isUnderWay } }

    /// Whether it is one of which nothing comes, or hardly anything. What goes on printing does not hang, however long it takes.
    var isHanging: Bool {
        hearing.withLock { hearing in
            guard hearing.isUnderWay, !hearing.isWriting else { return false }
            let now = ContinuousClock.now
            let least = (now - hearing.began) / .seconds(1) * Self.leastRate
            return now - hearing.last > Self.silence || Double(hearing.bytes) < least
        }
    }

    /// - Parameter output: gets standard output as it comes.
    func run(
        _ argv: [String], _ context: AttemptContext, output: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> RecipeSearch.End {
        let detail: JSONObject = ["argv": .array(argv.map { .string($0) })]
        var errors: [UInt8] = []
        var isSilent = true
        var isPutDown = false
        let result: ExecResult
        do {
            result = try await session.client.exec(
                namespace: pod.namespace, pod: pod.name, container: container.name, argv: argv,
                stage: { stage in
                    // Before it is sent: what could not be put down is not done. It runs once, however often it is refused.
                    if stage == .trying, !isPutDown { try await context.custody(.exec, detail: detail) }
                    isPutDown = true
                    hearing.withLock { $0 = Hearing(isUnderWay: stage == .trying) }
                }
            ) { stream, bytes in
                if !bytes.isEmpty { isSilent = false }
                hearing.withLock {
                    $0.isWriting = true
                    $0.bytes += bytes.count
                }
                defer {
                    hearing.withLock {
                        $0.isWriting = false
                        $0.last = .now
                    }
                }
                switch stream {
                case .stdout: try await output(bytes)
                case .stderr: errors.append(contentsOf: bytes.prefix(Self.maxErrorBytes - errors.count))
                }
            }
        } catch {
            // The container runtime does not end a process because its connection is gone.
            if isUnderWay, Self.mayHaveBegun(error) {
                var unseen = detail
                unseen["mayOutlive"] = true
                try? await context.custody(.execEndedUnseen, detail: unseen)
            }
            throw error
        }
        hearing.withLock { $0.isUnderWay = false }
        let text = String(decoding: errors, as: UTF8.self)
        switch result {
        case .exited(let code):
            // 126 and 127: cannot be run, is not there (POSIX shell conventions, which newer runtimes use too). What said
            // something was there.
            return isSilent && (code == 126 || code == 127)
                ? .noExecutable("exit code \(code)", byRuntime: false) : .exited(code: code, stderr: text)
        case .failed(let failure):
            guard failure.isMissingExecutable || failure.message.lowercased().contains("permission denied") else {
                throw StepFailure(
                    .error(
                        failure.reason.isEmpty ? "ExecFailed" : TextSafety.oneLine(failure.reason),
                        TextSafety.oneLine(failure.message)))
            }
            return .noExecutable(failure.message, byRuntime: true)
        }
    }

    /// False when the API server or kubelet said no before anything ran.
    private static func mayHaveBegun(_ error: any Error) -> Bool {
        guard let error = error as? KubernetesError else { return true }
        let refusals: [KubernetesError.Code] = [
            .unauthorized, .forbidden, .notFound, .gone, .conflict, .tooManyRequests, .badRequest, .badArgument,
            .execRefused,
            .proxyFailed, .dnsFailed, .connectionRefused, .tlsUntrusted, .tlsHandshake, .certificateExpired,
            .serverCertificateExpired,
        ]
        return !refusals.contains(error.code)
    }
}
