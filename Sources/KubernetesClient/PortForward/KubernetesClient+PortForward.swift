internal import NIOCore
internal import NIOHTTP1

extension KubernetesClient {
    private static let portForwardProtocol = "v4.channel.k8s.io"

    /// Connects to a port of a pod through the API server and the pod's node, lends the connection to `body` and closes it.
    ///
    /// The node connects to the loopback address inside of the pod's network namespace: what listens on the pod's own address only is
    /// not reached, and in a pod with the node's network it is the node's loopback address. It needs no tool in the pod and no route
    /// to it, and the permission `get` (from 1.35 on `create`, too) on `pods/portforward`.
    ///
    /// - Parameter stage: is told before each try, and when it was refused for now. What it throws ends it: nothing was sent.
    /// - Throws: what the server refuses (403, 404 …) as its code; ``KubernetesError/Code/unsupported`` where it does not forward
    ///   ports over a WebSocket; errors of `body` as they are.
    public func forward<Value>(
        namespace: String, pod: String, port: UInt16,
        stage: (ExecStage) async throws -> Void = { _ in },
        _ body: (ForwardedPort) async throws -> Value
    ) async throws -> Value {
        let doing = "connecting to port \(port) of pod \(namespace)/\(pod)".printable(limit: 400)
        let path =
            try APIResource.pods.path(namespace: namespace, name: pod, subresource: "portforward")
            + RequestPath.query([("ports", "\(port)")])
        let failure = transport.failure(doing)
        return try await transport.upgrading(path, doing: doing, stage: stage) { issued in
            var connection = ExecConnection(transport: transport)
            connection.messages = PortForwardMessages(port: port)
            defer {
                connection.mailbox.abandon()
                connection.holder.close()
            }
            let channel = try await open(connection, issued, path, doing: doing, failure)
            return try await body(ForwardedPort(channel, connection.mailbox, failure))
        }
    }

    private func open(
        _ connection: ExecConnection, _ issued: Credentials.Issued, _ path: String, doing: String,
        _ failure: TransportFailure
    ) async throws -> any Channel {
        var headers = issued.headers
        headers.add(name: "Sec-WebSocket-Protocol", value: Self.portForwardProtocol)
        let upgrade: ExecUpgrade
        do {
            upgrade = try await connection.open(path: path, headers: headers, tls: issued.tls)
        } catch let error as BadUpgrade {
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: "",
                reason: "the server did not answer the upgrade to a WebSocket properly: \(error.reason)",
                advice: "A proxy before the API server may not let WebSockets through")
        } catch {
            throw await transport.explained(failure.error(error))
        }
        switch upgrade {
        case .accepted(let channel, let subprotocol):
            if subprotocol == Self.portForwardProtocol { return channel }
            throw KubernetesError(
                code: .unsupported, doing: doing, subject: "",
                reason:
                    "the server chose the subprotocol '\((subprotocol ?? "").printable(limit: 60))', which was not offered"
            )
        case .refused(let refusal):
            var error = refusal.error(doing: doing, subject: "")
            if refusal.kubernetesStatus == nil,
                [400, 403, 404, 405, 501].contains(refusal.status.code)
                    || refusal.status.code < 300
            {
                error.code = .unsupported
                error.reason = "this server or node does not forward ports over a WebSocket (\(error.reason))"
            }
            throw RefusedUpgrade(error: error)
        }
    }
}
