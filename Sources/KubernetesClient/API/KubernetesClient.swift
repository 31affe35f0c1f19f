/// Reads from one Kubernetes API server (1.20 and later), and runs commands in its containers.
///
/// One client serves any number of tasks at once; requests beyond ``ClientOptions/maxConnections`` wait for their turn. Every call
/// ends promptly when its task is cancelled, and with ``KubernetesError/Code/timeout`` when the server falls silent. Memory does
/// not grow with what is read.
public final class KubernetesClient: Sendable {
    /// What it was made from.
    public let access: ClusterAccess
    public let options: ClientOptions
    let transport: HTTPTransport

    /// Reads the certificates and keys that the access names; nothing is sent yet.
    ///
    /// - Throws: ``KubernetesError/Code/badKubeconfig`` or ``KubernetesError/Code/certificateExpired``.
    public init(access: ClusterAccess, options: ClientOptions = ClientOptions()) throws(KubernetesError) {
        self.access = access
        self.options = options
        transport = try HTTPTransport(access: access, options: options)
    }

    /// What the server's clock says, as its answers so far have told: the most exact of them. Nil before the first one, and when
    /// the server sends no `Date`.
    public var serverClock: ServerClock? { transport.serverClock }

    /// What was asked of the server so far.
    public var usage: ClientUsage { transport.usage }

    /// The port of this machine that requests take on their way to a proxy, if they take one.
    package var relayPort: Int? { transport.relay?.port }

    /// Closes the connections. What is under way fails with ``KubernetesError/Code/cancelled``.
    public func shutdown() async {
        await transport.shutdown()
    }
}
