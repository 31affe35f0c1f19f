internal import Yams

/// What somebody does not want to type each time: `$XDG_CONFIG_HOME/exhibit/config.yaml`.
///
/// Paths in it are relative to its folder; `~/` is the home folder.
public struct UserConfiguration: Hashable, Sendable {
    /// The file it was read from; nil when there is none.
    public var file: String?

    /// Who captures, as the bundle will say.
    public var operatorName: String?
    /// An SSH private key file to sign with.
    public var signKey: String?
    /// A key of ssh-agent to sign with: a fingerprint, a comment, a `.pub` file, or empty for the only one.
    public var signAgent: String?
    /// An X.509 certificate to sign with, and its key.
    public var certificate: String?
    public var certificateKey: String?
    /// URLs of time stamp authorities, in the order in which they are asked.
    public var timestampURLs: [String] = []
    /// Roots for the servers of those.
    public var timestampHTTPAuthorities: String?
    public var allowedSigners: String?
    public var certificateAuthorities: [String] = []
    public var timestampAuthorities: [String] = []
    public var requiredSigners: [String] = []
    public var recipients: [String] = []
    /// How much of a target may be touched: `none`, `exec` or `agent`; nil when it does not say.
    public var touch: String?
    /// The image of node agents, with its digest.
    public var agentImage: String?
    /// The namespace of their pods.
    public var agentNamespace: String?

    public init() {}

    private static let largest = 64 << 10

    /// Reads a file that nobody else can change. Unknown keys, wrong types and repetitions are errors with their line.
    ///
    /// - Parameter home: what `~/` means; nil if it is not known.
    public init(path: String, home: String?) throws(ConfigurationError) {
        let file = try TrustedFile(path: path, limit: Self.largest)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, line: nil, reason: "it is not text in UTF-8")
        }
        try self.init(text: text, path: path, home: home)
    }

    package init(text: String, path: String, home: String?) throws(ConfigurationError) {
        self.file = path
        let reader = try ConfigurationReader(text: text, file: path, home: home)
        try reader.checkKeys([
            "operator", "sign-key", "sign-agent", "certificate", "certificate-key", "tsa", "tsa-http-ca",
            "allowed-signers", "ca", "tsa-ca", "require-signer", "encrypt-to", "touch",
            "agent-image", "agent-namespace",
        ])
        operatorName = try reader.text("operator")
        signKey = try reader.path("sign-key")
        signAgent = try reader.text("sign-agent")
        certificate = try reader.path("certificate")
        certificateKey = try reader.path("certificate-key")
        timestampURLs = try reader.texts("tsa")
        timestampHTTPAuthorities = try reader.path("tsa-http-ca")
        allowedSigners = try reader.path("allowed-signers")
        certificateAuthorities = try reader.paths("ca")
        timestampAuthorities = try reader.paths("tsa-ca")
        requiredSigners = try reader.texts("require-signer")
        recipients = try reader.texts("encrypt-to")
        touch = try reader.text("touch")
        guard touch.map({ ["none", "exec", "agent"].contains($0) }) ?? true else {
            throw reader.error("touch", "touch is none, exec or agent")
        }
        agentImage = try reader.text("agent-image")
        agentNamespace = try reader.text("agent-namespace")
        guard (certificate == nil) == (certificateKey == nil) else {
            throw reader.error(
                certificate == nil ? "certificate-key" : "certificate",
                "certificate and certificate-key go together")
        }
        guard signKey == nil || signAgent == nil else {
            throw reader.error("sign-agent", "sign-key and sign-agent exclude each other")
        }
    }
}
