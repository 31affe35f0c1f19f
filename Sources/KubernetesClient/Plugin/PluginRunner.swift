internal import Programs

/// Runs a credential plugin once.
struct PluginRunner: Sendable {
    /// A certificate chain with its key is a few KiB, and the largest tokens are of as many.
    private static let maxBytes = 1 << 20

    let plugin: CredentialPlugin
    let access: ClusterAccess
    let timeout: Duration

    func run() async throws(KubernetesError) -> ExecCredential {
        var environment = plugin.environment
        environment[ExecCredential.variable] = try ExecCredential.question(plugin, access)
        var output: [UInt8] = []
        let result: ProgramResult
        do {
            let path = try ProgramEnvironment.inherited().search.find(plugin.command)
            var program = Program(
                path, plugin.arguments, environment: .inherited(adding: environment), timeout: timeout,
                maxBytes: Self.maxBytes)
            // Such as the browser in which somebody is to log in.
            program.leavesChildren = true
            result = try await program.run { output += $0 }
        } catch let error as ProgramError {
            let isMissing = error.code == .notFound || error.code == .notExecutable
            throw failure(error.reason, isMissing ? plugin.installHint?.printable(limit: 400) : nil)
        } catch {
            throw failure("\(error)")
        }
        // What it says on standard error may hold a token, and errors go into bundles.
        let advice =
            "Run \(plugin.command.printable(limit: 200)) by itself to see what it says; here it cannot ask anything"
        switch result.end {
        case .exited(0): break
        case .exited(let code): throw failure("it ended with exit code \(code)", advice)
        case .signaled(let signal): throw failure("it was ended by signal \(signal)", advice)
        case .truncated: throw failure("it printed more than \(Self.maxBytes) bytes")
        case .timedOut:
            throw failure(
                "it did not end within \(timeout)",
                "Here it cannot ask anything: log in with it first, for example by: kubectl version")
        case .cancelled: throw failure("cancelled", code: .cancelled)
        }
        do {
            return try ExecCredential(output, version: plugin.version)
        } catch {
            throw failure(error.reason, advice)
        }
    }

    func failure(
        _ reason: String, _ advice: String? = nil, code: KubernetesError.Code = .credentialPluginFailed
    ) -> KubernetesError {
        KubernetesError(
            code: code, doing: "logging in with the credential plugin \(plugin.command.printable(limit: 200))",
            subject: access.source, reason: reason,
            advice: advice ?? "Log in again, check that kubectl can, or choose another context")
    }
}
