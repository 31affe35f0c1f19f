/// An ssh-agent: a program that holds private keys and signs with them. Through it come the keys that are not read from
/// files here: encrypted ones, and those in FIDO tokens and smart cards (PKCS#11).
///
/// Every call opens a connection of its own, and **blocks its thread** until the agent answers or the time is over. Where a
/// call is given a `patience`, the whole of it takes no longer, however patient the agent's own times are.
public struct SSHAgent: Hashable, Sendable {
    /// The path of its socket, usually from the environment's `SSH_AUTH_SOCK`.
    public let path: String
    /// For answers that need nobody.
    public let timeout: Duration
    /// For signatures: somebody may have to touch a token, or to type a PIN.
    public let signingTimeout: Duration

    static let listing = "asking ssh-agent for its keys"
    static let signing = "signing with ssh-agent"

    public init(path: String, timeout: Duration = .seconds(10), signingTimeout: Duration = .seconds(120)) {
        self.path = path
        self.timeout = timeout
        self.signingTimeout = signingTimeout
    }

    /// The keys that it shows: none while it is locked.
    ///
    /// Throws `agentUnavailable`, `timedOut`, `agentRefused`, or `malformed` and `tooLarge` for an answer that is none.
    public func keys(within patience: Duration? = nil) throws(CryptographyError) -> SSHAgentKeys {
        let deadline = ContinuousClock.now + min(timeout, patience ?? timeout)
        let socket = try AgentSocket.connect(to: path, deadline: deadline, doing: Self.listing)
        let answer = try socket.exchange(AgentMessage.identitiesRequest, deadline: deadline)
        guard let keys = try AgentMessage.identities(in: answer, subject: path) else {
            throw CryptographyError(
                code: .agentRefused, doing: Self.listing, subject: path, reason: "it refuses to say which keys it has")
        }
        return keys
    }

    /// The signature blob over `bytes`, checked.
    func signatureBlob(
        over bytes: [UInt8], key: SSHPublicKey, within patience: Duration? = nil
    ) throws(CryptographyError) -> [UInt8] {
        let end = patience.map { ContinuousClock.now + $0 }
        func deadline(_ usual: Duration) -> ContinuousClock.Instant {
            let usual = ContinuousClock.now + usual
            return end.map { min($0, usual) } ?? usual
        }
        let socket = try AgentSocket.connect(to: path, deadline: deadline(timeout), doing: Self.signing)
        let answer = try socket.exchange(
            AgentMessage.signatureRequest(key: key, over: bytes), deadline: deadline(signingTimeout))
        guard let blob = try AgentMessage.signature(in: answer, subject: path) else {
            throw try refusal(of: key, within: end.map { ContinuousClock.now.duration(to: $0) })
        }
        guard try SSHSignatureBlob(blob: blob, key: key, doing: Self.signing).verifies(bytes, key: key) else {
            throw CryptographyError(
                code: .badSignature, doing: Self.signing, subject: key.fingerprint,
                reason: "the signature that ssh-agent gave is not one by this key over these bytes")
        }
        return blob
    }

    /// Why it refused to sign, as far as its list of keys tells.
    private func refusal(
        of key: SSHPublicKey, within patience: Duration?
    ) throws(CryptographyError) -> CryptographyError {
        let keys = try keys(within: patience)
        func error(_ code: CryptographyError.Code, _ reason: String, _ advice: String) -> CryptographyError {
            CryptographyError(
                code: code, doing: Self.signing, subject: key.fingerprint, reason: reason, advice: advice)
        }
        if keys.isEmpty {
            return error(
                .agentLocked, "ssh-agent is locked, or its keys were removed", "unlock it with: ssh-add -X")
        }
        guard keys.usable.contains(where: { $0.publicKey == key }) else {
            return error(.keyNotFound, "ssh-agent does not hold this key", "add it with: ssh-add FILE")
        }
        return error(
            .agentRefused, "ssh-agent refused to sign",
            key.algorithm.isSecurityKey
                ? "is the token plugged in, and was it touched?"
                : "was its question denied, or its smart card removed?")
    }
}

extension SSHSignatureBlob {
    fileprivate init(blob: [UInt8], key: SSHPublicKey, doing: String) throws(CryptographyError) {
        let parsed = blob.withUnsafeBytes { bytes in
            Result { () throws(CryptographyError) in try SSHSignatureBlob(bytes, key: key, doing: doing) }
        }
        self = try parsed.get()
    }
}
