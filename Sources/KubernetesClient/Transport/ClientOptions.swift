/// How patient, how greedy and how persistent a client is.
public struct ClientOptions: Sendable {
    /// To connect, with the TLS handshake.
    public var connectTimeout: Duration
    /// The longest silence of a server that owes bytes. A slow reader of ours does not count.
    public var readTimeout: Duration
    /// Requests under way at a time; further ones wait for their turn. While the API server is slow, fewer wait for the beginning of
    /// their answers. An exec has a connection of its own beside these.
    public var maxConnections: Int
    /// The most requests a second; nil for as many as there are.
    public var maxRequestsPerSecond: Int?
    /// The longest that a credential plugin may take.
    public var pluginTimeout = Duration.seconds(20)
    /// How long a credential that it gave after a refusal stays, even if that is refused, too: something that refuses everybody (an
    /// extension server, a kubelet) must not make it run for each request, which may open a browser each time.
    public var pluginRenewalPause = Duration.seconds(10)
    public var userAgent: String
    public var retry: RetryPolicy
    /// The largest single object that ``KubernetesClient/get(_:namespace:name:)`` accepts, in bytes.
    public var maxObjectBytes: Int

    public init(
        connectTimeout: Duration = .seconds(5), readTimeout: Duration = .seconds(30), maxConnections: Int = 8,
        userAgent: String = "exhibit", retry: RetryPolicy = RetryPolicy(), maxObjectBytes: Int = 32 << 20
    ) {
        self.connectTimeout = connectTimeout
        self.readTimeout = readTimeout
        self.maxConnections = max(1, maxConnections)
        self.userAgent = userAgent
        self.retry = retry
        self.maxObjectBytes = maxObjectBytes
    }
}

/// When a read that failed before any of its bytes were handed out is tried again.
public struct RetryPolicy: Sendable {
    /// Tries in all, the first included.
    public var attempts: Int
    /// The wait before the second try; it doubles from try to try, with jitter of half of it.
    public var firstDelay: Duration
    /// The longest wait that is our own idea.
    public var maxDelay: Duration
    /// The longest `Retry-After` that is waited for. What asks for more is not tried again.
    public var maxRetryAfter: Duration
    /// Tries in all while the server says "later" (429): it is well, and said what to do. A 503 is often one aggregated API
    /// that is broken for long.
    public var throttledAttempts: Int

    public init(
        attempts: Int = 4, firstDelay: Duration = .milliseconds(200), maxDelay: Duration = .seconds(10),
        maxRetryAfter: Duration = .seconds(120), throttledAttempts: Int = 10
    ) {
        self.attempts = max(1, attempts)
        self.firstDelay = firstDelay
        self.maxDelay = maxDelay
        self.maxRetryAfter = maxRetryAfter
        self.throttledAttempts = max(self.attempts, throttledAttempts)
    }

    public static let none = RetryPolicy(attempts: 1, throttledAttempts: 1)

    /// How long to wait before the try after number `attempt` (counted from 1), or nil not to try again.
    func delay(after error: KubernetesError, attempt: Int) -> Duration? {
        guard attempt < (error.code == .tooManyRequests ? throttledAttempts : attempts) else { return nil }
        let backoff = min(firstDelay * (1 << min(attempt - 1, 16)), maxDelay)
        let jittered = backoff * Double.random(in: 0.5...1)
        switch error.code {
        case .tooManyRequests: return asked(error, jittered)
        case .connectionLost: return jittered
        case .serverError:
            // 501 and its kind do not get better.
            guard [500, 502, 503, 504].contains(error.httpStatus) else { return nil }
            return error.httpStatus == 503 ? asked(error, jittered) : jittered
        default: return nil
        }
    }

    private func asked(_ error: KubernetesError, _ own: Duration) -> Duration? {
        guard let wanted = error.retryAfter else { return own }
        return wanted <= maxRetryAfter ? wanted : nil
    }
}
