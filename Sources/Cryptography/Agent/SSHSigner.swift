/// Something that makes SSH signatures: a private key in memory, or one that an ssh-agent holds.
///
/// Several threads may sign with it at the same time. With an agent ``sign(_:namespace:within:)`` blocks its thread: somebody
/// may have to touch a token.
public final class SSHSigner: Sendable {
    private enum Source: ~Copyable, Sendable {
        case held(SSHPrivateKey)
        case agent(SSHAgent)
    }

    private let source: Source
    /// Who signs.
    public let publicKey: SSHPublicKey
    /// What is said about the key, often `user@host`; a claim that nothing proves.
    public let comment: String

    /// Signs with a key in memory, which is wiped when this goes away.
    public init(_ key: consuming SSHPrivateKey) {
        publicKey = key.publicKey
        comment = key.comment
        source = .held(key)
    }

    /// Signs with the one key of `agent` that is meant. Throws what ``SSHAgent/keys(within:)`` throws, and `keyNotFound`.
    ///
    /// - Parameter patience: for the agent to name its keys, if that is less than its own timeout.
    public init(
        agent: SSHAgent, key selection: SSHAgentKeys.Selection, within patience: Duration? = nil
    ) throws(CryptographyError) {
        let key = try agent.keys(within: patience).key(selection, subject: agent.path)
        publicKey = key.publicKey
        comment = key.comment
        source = .agent(agent)
    }

    /// Signs `message`, hashed with SHA-512, for `namespace` (printable ASCII; by custom `purpose@domain`).
    ///
    /// With an agent it throws `agentUnavailable`, `agentLocked`, `agentRefused`, `keyNotFound`, `timedOut`, and
    /// `badSignature` if what the agent gives is not a signature by this key.
    ///
    /// - Parameter patience: for an agent, if that is less than its own timeouts; a key in memory needs none.
    public func sign(
        _ message: [UInt8], namespace: String, within patience: Duration? = nil
    ) throws(CryptographyError) -> SSHSignature {
        switch source {
        case .held(let key):
            return try SSHSignature.sign(message: message, namespace: namespace, key: key)
        case .agent(let agent):
            let bytes = try SSHSignature.bytesToSign(message: message, namespace: namespace)
            return try SSHSignature(
                publicKey: publicKey, namespace: namespace,
                signature: agent.signatureBlob(over: bytes, key: publicKey, within: patience))
        }
    }
}
