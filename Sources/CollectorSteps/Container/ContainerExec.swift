internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import StructuredText

/// Runs commands inside a container, writing down each before it is run.
struct ContainerExec: Sendable {
    /// How a command ended, as far as choosing the next one goes.
    enum End: Sendable {
        case exited(code: Int, stderr: String)
        /// The runtime did not find or could not run the executable.
        case noExecutable(String)
    }

    /// More of standard error is not kept.
    static let maxErrorBytes = 4_096

    let session: ClusterSession
    let pod: PodSummary
    let container: PodSummary.Container

    /// - Parameter output: gets standard output as it comes.
    func run(
        _ argv: [String], _ context: AttemptContext, output: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> End {
        try await context.custody(
            .exec, detail: ["argv": .array(argv.map { .string($0) })])
        var errors: [UInt8] = []
        let result: ExecResult
        do {
            result = try await session.client.exec(
                namespace: pod.namespace, pod: pod.name, container: container.name, argv: argv
            ) { stream, bytes in
                switch stream {
                case .stdout: try await output(bytes)
                case .stderr: errors.append(contentsOf: bytes.prefix(Self.maxErrorBytes - errors.count))
                }
            }
        } catch {
            // The container runtime does not end a process because its connection is gone.
            try? await context.custody(
                .execEndedUnseen, detail: ["argv": .array(argv.map { .string($0) }), "mayOutlive": true])
            throw error
        }
        let text = String(decoding: errors, as: UTF8.self)
        switch result {
        case .exited(let code):
            // 126 and 127: cannot be run, is not there (POSIX shell conventions, which newer runtimes use too).
            return errors.isEmpty && (code == 126 || code == 127)
                ? .noExecutable("exit code \(code)") : .exited(code: code, stderr: text)
        case .failed(let failure):
            guard failure.isMissingExecutable || failure.message.lowercased().contains("permission denied") else {
                throw StepFailure(.error(failure.reason.isEmpty ? "ExecFailed" : failure.reason, failure.message))
            }
            return .noExecutable(failure.message)
        }
    }
}

/// A way to get something out of a container with what the container has.
struct ExecRecipe: Sendable {
    /// A name for the ledger: which tool it was.
    var name: String
    var argv: [String]
    /// Exit codes with which the output still counts; others make the next recipe be tried when nothing came.
    var acceptableExits: Set<Int> = [0]
}
