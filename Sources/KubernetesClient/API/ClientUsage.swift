/// What a client has asked of its API server so far.
public struct ClientUsage: Sendable, Hashable {
    /// Requests that were sent, those that were tried again included; commands in containers, too.
    public var requests = 0
    /// Of these, tries after the first.
    public var retries = 0
    /// Answers that said "later": 429 (RFC 6585).
    public var throttled = 0
    /// Commands in containers.
    public var execs = 0
    /// Bytes of answers, without their headers and without what TLS adds.
    public var receivedBytes: UInt64 = 0

    /// The fewest requests that were allowed to wait for the first byte of their answer at once: fewer than
    /// ``ClientOptions/maxConnections`` when the API server had become slow.
    public var lowestConcurrency = 0

    public init() {}
}
