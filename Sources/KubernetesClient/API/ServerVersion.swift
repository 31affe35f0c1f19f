internal import StructuredText

/// What `/version` says. Source: k8s.io/apimachinery `version.Info`.
public struct ServerVersion: Sendable {
    /// As in "v1.31.4+k3s1".
    public var gitVersion: String
    public var major: String
    public var minor: String
    public var platform: String
    /// The answer as it came.
    public var raw: [UInt8]

    /// False when the server's numbers are none. Some distributions write "29+".
    public func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        func number(_ text: String) -> Int? { Int(text.prefix { ("0"..."9").contains($0) }) }
        guard let ownMajor = number(self.major), let ownMinor = number(self.minor) else { return false }
        return (ownMajor, ownMinor) >= (major, minor)
    }
}

extension KubernetesClient {
    /// Asks for the server's version; most servers answer this even without permissions.
    public func version() async throws(KubernetesError) -> ServerVersion {
        let doing = "asking the server for its version"
        let bytes = try await transport.bytes(.init(doing: doing, path: "/version"), maxBytes: 1 << 20)
        guard let value = try? JSONValue(parsing: bytes), let gitVersion = value["gitVersion"]?.string else {
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: transport.server.text,
                reason: "the answer is not a Kubernetes version",
                advice: "Check that the server of the context is a Kubernetes API server")
        }
        return ServerVersion(
            gitVersion: gitVersion.printable(limit: 100), major: (value["major"]?.string ?? "").printable(limit: 20),
            minor: (value["minor"]?.string ?? "").printable(limit: 20),
            platform: (value["platform"]?.string ?? "").printable(limit: 60), raw: bytes)
    }
}
