internal import NIOCore
internal import NIOHTTP1

/// A command in a container whose input stays open while its output is read: a conversation.
///
/// One task reads, one at a time writes. Whoever has it closes it; **the process may go on running in the container** until it
/// notices that its input has ended.
public final class ExecSession: Sendable {
    private let client: KubernetesClient
    private let connection: ExecConnection
    private let input: ExecInput
    private let doing: String
    private let subject: String

    init(
        client: KubernetesClient, connection: ExecConnection, channel: any Channel, doing: String, subject: String
    ) {
        self.client = client
        self.connection = connection
        self.doing = doing
        self.subject = subject
        input = ExecInput(channel: channel)
    }

    deinit {
        close()
    }

    /// Sends bytes to the command's input, and waits until the connection has taken them.
    ///
    /// - Throws: ``KubernetesError/Code/timeout`` when it does not take them within ``ClientOptions/readTimeout``.
    public func send(_ bytes: [UInt8]) async throws(KubernetesError) {
        do {
            try await input.pass(bytes, within: client.options.readTimeout)
        } catch {
            throw client.transport.failure(doing).error(error)
        }
    }

    /// Waits for what comes of the command: at least one piece, in order. The command waits while nobody asks.
    ///
    /// When the task is cancelled meanwhile, the conversation is over.
    ///
    /// - Throws: as ``KubernetesClient/exec(namespace:pod:container:argv:stdin:stage:output:)``.
    public func next() async throws(KubernetesError) -> [ExecPiece] {
        try await client.pieces(
            connection.mailbox, doing: doing, subject: subject, client.transport.failure(doing))
    }

    /// Ends the conversation at once.
    public func close() {
        connection.mailbox.abandon()
        connection.holder.close()
    }
}

extension KubernetesClient {
    /// Runs a command in a container with an input that stays open. It is tried again only where the server refused it for now (401, 429),
    /// before anything ran.
    ///
    /// - Parameters:
    ///   - container: nil when the pod has only one.
    ///   - argv: the program and its arguments; no shell is involved.
    public func openExec(
        namespace: String, pod: String, container: String? = nil, argv: [String]
    ) async throws(KubernetesError) -> ExecSession {
        let doing = "running \(argv.first ?? "a command") in pod \(namespace)/\(pod)".printable(limit: 400)
        let subject = "\(namespace)/\(pod)".printable(limit: 400)
        let path = try execPath(namespace, pod, container, argv, hasInput: true, doing: doing)
        var isCounted = false
        do {
            return try await transport.upgrading(path, doing: doing) { issued in
                if !isCounted { transport.count { $0.execs += 1 } }
                isCounted = true
                let connection = ExecConnection(transport: transport)
                do {
                    let channel = try await upgraded(
                        connection, issued, path, [Self.v5, Self.v4], endsInput: false, doing: doing, subject: subject)
                    return ExecSession(
                        client: self, connection: connection, channel: channel, doing: doing, subject: subject)
                } catch {
                    connection.mailbox.abandon()
                    connection.holder.close()
                    throw error
                }
            }
        } catch {
            throw transport.failure(doing).error(error)
        }
    }
}
