internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import OfflineServer
internal import Synchronization
internal import Terminal

/// `exhibit serve`: a capture as the API server that it is of.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answers kubectl from a bundle, or a capture that another tool made, as its cluster did.",
        discussion: """
            exhibit serve case.tar.zst
            exhibit serve before.tar.zst after.tar.zst         a context for each
            exhibit serve case.tar.zst --listen 127.0.0.1:8443 --kubeconfig case.kubeconfig

            It listens on 127.0.0.1, speaks TLS, and answers only whoever has the kubeconfig that it writes. Everything can be \
            read and nothing changed; no cluster is asked. It runs until Ctrl-C, and the kubeconfig is gone then. \
            `exhibit shell` is the same with a shell in which kubectl finds it. The gaps are in docs/serve.md.
            """)

    @OptionGroup var serving: ServeFlags

    @Option(
        help: ArgumentHelp(
            "Where the kubeconfig is written, in place of a folder of its own; nothing is replaced.", valueName: "file")
    )
    var kubeconfig: String?

    func validate() throws {
        if kubeconfig?.contains(":") == true {
            throw ValidationError("a path with a colon is two files to kubectl: name one without for --kubeconfig")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("serve") {
            let session = try await serving.session()
            let (ends, end) = AsyncStream.makeStream(of: Void.self)
            // Signals first: from then on nothing is left, whenever one comes.
            let made = Mutex<Cleanup?>(nil)
            let signals = StopSignals([SIGINT, SIGTERM, SIGHUP]) { before in
                if before > 0 {
                    made.withLock { $0?.run() }
                    _exit(ExitStatus.interrupted.rawValue)
                }
                end.finish()
                // Whatever keeps the tasks busy that would end it in order.
                DispatchQueue.global().asyncAfter(deadline: .now() + 4) {
                    made.withLock { $0?.run() }
                    _exit(session.status.rawValue)
                }
            }
            defer {
                made.withLock { $0?.run() }
                signals.cancel()
            }
            do {
                let cleanup = try Cleanup(session, at: kubeconfig)
                made.withLock { $0 = cleanup }
                try show(session, cleanup)
                for await _ in ends {}
            } catch {
                await session.stop()
                throw error
            }
            // Nobody can use it any more.
            made.withLock { $0?.run() }
            await session.stop()
            return session.status
        }
    }

    private func show(_ session: ServeSession, _ cleanup: Cleanup) throws {
        var output = RenderingOutput()
        for line in session.summary(of: serving.bundles) { try output.line("# \(line)") }
        try output.line("export KUBECONFIG=\(ShellText.quoted(cleanup.kubeconfig))")
        try output.line("export KUBECACHEDIR=\(ShellText.quoted(cleanup.folder.file("cache"))) KUBERC=off")
        try output.line("kubectl get pods -A")
        for context in session.kubeconfig.contexts.dropFirst() {
            try output.line("kubectl get pods -A --context \(context.name)")
        }
        try output.line("# Ctrl-C here ends it, and removes the kubeconfig")
        try output.flush()
    }

    /// What is to be gone at the end.
    private struct Cleanup: Sendable {
        let folder: RunFolder
        private let file: OwnFile

        var kubeconfig: String { file.path }

        init(_ session: ServeSession, at path: String?) throws {
            folder = try RunFolder()
            do {
                file = try OwnFile(session.kubeconfig.text, at: path.map(Self.absolute) ?? folder.file("kubeconfig"))
            } catch {
                folder.remove()
                throw error
            }
        }

        private static func absolute(_ path: String) -> String {
            guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
            defer { free(current) }
            return "\(String(cString: current))/\(path)"
        }

        func run() {
            file.remove()
            folder.remove()
        }
    }
}

/// What is served, and where.
struct ServeFlags: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Bundle files or folders; or must-gathers, support bundles or dumps.", valueName: "bundle"))
    var bundles: [String]

    @Option(
        help: ArgumentHelp(
            "Where to listen, in place of a free port of 127.0.0.1; port 0 is any that is free. Several bundles have ports one after the other.",
            valueName: "address:port"), transform: ServeFlags.address)
    var listen = ListenAddress.loopback

    @OptionGroup(title: "If it is encrypted") var opening: IdentityFlags
    @OptionGroup(title: "How it is read") var keeping: CacheFlags

    @Sendable private static func address(_ text: String) throws -> ListenAddress {
        guard let address = ListenAddress(text) else {
            throw ValidationError(
                "\(text) is no address of this machine with a port: write 127.0.0.1:8443 or [::1]:8443; one that stands for all addresses is not taken"
            )
        }
        return address
    }

    func session() async throws -> ServeSession {
        try await ServeSession(bundles, at: listen, opening, keeping)
    }
}
