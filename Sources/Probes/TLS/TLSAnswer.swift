/// What a TLS server showed of itself, as far as the handshake came.
public struct TLSAnswer: Sendable, Hashable {
    /// Something that is wrong with the chain. Source: openssl-verification-options(1), X509_V_ERR_….
    public struct Problem: Sendable, Hashable {
        /// OpenSSL's number: 10 is expired, 62 another host's name …
        public var code: Int
        /// In OpenSSL's words.
        public var words: String
        /// Which certificate: 0 is the server's own.
        public var depth: Int
    }

    /// An answer of the authority about revocation that the server sent along (RFC 6066 section 8). Its signature was not checked.
    public struct Staple: Sendable, Hashable {
        /// DER of the OCSPResponse.
        public var encoded: [UInt8]
        /// `good`, `revoked` or `unknown`; nil when it says nothing.
        public var status: String?
        /// Seconds since 1970; nil when it has none.
        public var thisUpdate: Int64?
        public var nextUpdate: Int64?
    }

    /// The server's name that was sent, if any (SNI).
    public var serverName: String?
    /// The name or address that the certificate had to be for; nil: any.
    public var expected: String?
    /// Certificates as the server sent them, DER, its own first. They are there also where the handshake failed later.
    public var chain: [[UInt8]] = []
    /// Whether the handshake came to its end.
    public var isComplete = false
    /// `TLSv1.3`
    public var version: String?
    /// OpenSSL's name of it.
    public var cipher: String?
    /// The key exchange's group, as `X25519`.
    public var group: String?
    /// The protocol that the server chose of those that were offered (ALPN).
    public var alpn: String?
    /// What is wrong with the chain and its name, each once; of no meaning unless `isVerified` is not nil.
    public var problems: [Problem] = []
    /// Whether a chain leads from the server's certificate to a trusted one, for the expected name, now. Nil when it was not looked
    /// at, since no whole chain came.
    public var isVerified: Bool?
    /// The chain that verification found, up to its anchor; empty unless it is verified.
    public var verifiedChain: [[UInt8]] = []
    public var staple: Staple?
    public var wantsClientCertificate = false
    /// Of the alert that the server sent, and of ours; source: the IANA registry of TLS alerts.
    public var alertReceived: Int?
    public var alertSent: Int?
    /// Bytes of the server's before the handshake ended.
    public var receivedBytes = 0
    /// The first bytes that it sent, where they are not TLS.
    public var garbage: [UInt8]?
    /// From the first byte sent to the end.
    public var milliseconds = 0.0
    /// Why it is not complete.
    public var failure: ProbeError?

    public init() {}
}
