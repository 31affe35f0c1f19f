internal import NIOCore
internal import NIOHTTP1

extension KubernetesClient {
    /// Runs a command in a container and lends its output to `output` as it comes; the server waits while `output` does.
    ///
    /// There is no limit to how long a command may be silent: cancel the task to end it. Whenever the connection ends early, by
    /// cancellation, an error or a closure that throws, **the process may go on running in the container**. It is tried again only
    /// where the server refused it for now (401, 429), before anything ran.
    ///
    /// - Parameters:
    ///   - container: nil when the pod has only one.
    ///   - argv: the program and its arguments; no shell is involved.
    ///   - stage: is told before each try, and when it was refused for now. What it throws before a try ends it: nothing was sent.
    ///   - stdin: sent whole, then ended; nil gives the command no input. It needs the subprotocol v5 (Kubernetes 1.29 and later),
    ///     since v4 cannot end an input.
    /// - Returns: the exit code, or why there is none: a program that is not there is data, not an error.
    /// - Throws: what the server refuses (403, 404, 400 "container not running") as its code; ``KubernetesError/Code/connectionLost``
    ///   when the exit status never came; errors of `output` as they are.
    public func exec(
        namespace: String, pod: String, container: String? = nil, argv: [String], stdin: [UInt8]? = nil,
        stage: (ExecStage) async throws -> Void = { _ in },
        output: (ExecStream, ArraySlice<UInt8>) async throws -> Void
    ) async throws -> ExecResult {
        let doing =
            "running \(argv.first ?? "a command") in pod \(namespace)/\(pod)\(container.map { " container \($0)" } ?? "")"
            .printable(limit: 400)
        let path = try execPath(namespace, pod, container, argv, hasInput: stdin != nil, doing: doing)
        // The newest first: servers take the first that they know. A server that cannot end an input must not start the command.
        let subprotocols = stdin == nil ? [Self.v5, Self.v4] : [Self.v5]
        let subject = "\(namespace)/\(pod)".printable(limit: 400)
        var isCounted = false
        return try await transport.upgrading(path, doing: doing, stage: stage) { issued in
            if !isCounted { transport.count { $0.execs += 1 } }
            isCounted = true
            let connection = ExecConnection(transport: transport)
            defer {
                connection.mailbox.abandon()
                connection.holder.close()
            }
            let channel = try await upgraded(
                connection, issued, path, subprotocols, endsInput: stdin != nil, doing: doing, subject: subject)
            if let stdin { ExecInput(channel: channel).send(stdin) }
            return try await follow(
                connection.mailbox, doing: doing, subject: subject, transport.failure(doing), output: output)
        }
    }

    /// A connection on which the command runs.
    ///
    /// - Parameter endsInput: whether only a subprotocol is offered that can end an input.
    /// - Throws: ``RefusedUpgrade``, when the server says no.
    func upgraded(
        _ connection: ExecConnection, _ issued: Credentials.Issued, _ path: String, _ subprotocols: [String],
        endsInput: Bool, doing: String, subject: String
    ) async throws -> any Channel {
        var headers = issued.headers
        headers.add(name: "Sec-WebSocket-Protocol", value: subprotocols.joined(separator: ", "))
        let upgrade: ExecUpgrade
        do {
            upgrade = try await connection.open(path: path, headers: headers, tls: issued.tls)
        } catch let error as BadUpgrade {
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: subject,
                reason: "the server did not answer the upgrade to a WebSocket properly: \(error.reason)",
                advice: "A proxy before the API server may not let WebSockets through")
        } catch {
            throw await transport.explained(transport.failure(doing).error(error))
        }
        return try accepted(upgrade, subprotocols, endsInput: endsInput, doing: doing, subject: subject)
    }

    static let v5 = "v5.channel.k8s.io"
    static let v4 = "v4.channel.k8s.io"

    func execPath(
        _ namespace: String, _ pod: String, _ container: String?, _ argv: [String], hasInput: Bool, doing: String
    ) throws(KubernetesError) -> String {
        guard !argv.isEmpty, argv.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw KubernetesError(
                code: .badArgument, doing: doing, subject: "",
                reason: "a command needs a program, and no argument may hold a zero")
        }
        var query = argv.map { ("command", $0) }
        if let container { query.append(("container", container)) }
        if hasInput { query.append(("stdin", "true")) }
        query += [("stdout", "true"), ("stderr", "true")]
        return try APIResource.pods.path(namespace: namespace, name: pod, subresource: "exec")
            + RequestPath.query(query)
    }

    /// Sees the upgrade through, or throws the refusal.
    private func accepted(
        _ upgrade: ExecUpgrade, _ subprotocols: [String], endsInput: Bool, doing: String, subject: String
    ) throws -> any Channel {
        switch upgrade {
        case .refused(let refusal):
            var error = refusal.error(doing: doing, subject: subject)
            if endsInput, refusal.kubernetesStatus == nil, [400, 403].contains(refusal.status.code) {
                error.code = .execRefused
                error.reason =
                    "this server cannot end a command's input (it does not speak \(Self.v5)); "
                    + "the command was not started"
                error.advice = "Run a command that needs no input"
            } else if refusal.status.code < 300 {
                error.code = .badResponse
                error.reason = "the server answered \(refusal.status.code) instead of upgrading to a WebSocket"
            } else if error.code == .badRequest || error.code == .serverError {
                error.advice = "Check that the container is running"
            }
            throw RefusedUpgrade(error: error)
        case .accepted(let channel, let subprotocol):
            guard let subprotocol, subprotocols.contains(subprotocol) else {
                throw KubernetesError(
                    code: .badResponse, doing: doing, subject: subject,
                    reason:
                        "the server chose the subprotocol '\((subprotocol ?? "").printable(limit: 60))', which was not offered"
                )
            }
            return channel
        }
    }

    private func follow(
        _ mailbox: Mailbox<ExecEvent>, doing: String, subject: String, _ failure: TransportFailure,
        output: (ExecStream, ArraySlice<UInt8>) async throws -> Void
    ) async throws -> ExecResult {
        while true {
            for piece in try await pieces(mailbox, doing: doing, subject: subject, failure) {
                switch piece {
                case .output(let stream, let bytes): try await output(stream, bytes[...])
                case .ended(let result): return result
                }
            }
        }
    }

    /// What has come of a command, at least one piece of it.
    func pieces(
        _ mailbox: Mailbox<ExecEvent>, doing: String, subject: String, _ failure: TransportFailure
    ) async throws(KubernetesError) -> [ExecPiece] {
        func broken(_ code: KubernetesError.Code, _ reason: String) -> KubernetesError {
            KubernetesError(
                code: code, doing: doing, subject: subject, reason: reason,
                advice: "The process may still be running in the container")
        }
        let events: [ExecEvent]?
        do {
            events = try await mailbox.next()
        } catch let error as ExecMessages.Broken {
            throw broken(.badResponse, error.reason)
        } catch {
            var error = failure.error(error)
            if error.advice.isEmpty { error.advice = "The process may still be running in the container" }
            throw error
        }
        guard let events else {
            throw broken(.connectionLost, "the connection ended before the command's exit status came")
        }
        var pieces: [ExecPiece] = []
        for event in events {
            switch event {
            case .output(let stream, let buffer): pieces.append(.output(stream, Array(buffer.readableBytesView)))
            case .status(let bytes):
                guard let status = KubernetesStatus(parsing: bytes, requiresKind: false),
                    let result = ExecResult(status)
                else {
                    throw broken(
                        .badResponse,
                        "the exit status makes no sense: \(String(decoding: bytes.prefix(200), as: UTF8.self).printable())"
                    )
                }
                pieces.append(.ended(result))
            }
        }
        return pieces
    }
}
