/// What a server takes of clients: nobody can make it use more memory or time than this.
public struct ServerLimits: Sendable {
    /// Of the request line and all headers; larger ones are answered with 431.
    public var headBytes = 64 << 10
    /// Of a request's body; a larger one is answered with 413.
    public var bodyBytes = 64 << 10
    /// More are closed as they come.
    public var connections = 256
    /// Requests that are answered at the same time; others get 429, and `Retry-After: 1`. Those whose answer is a stream do not
    /// count: a watch idles for hours, and `kubectl logs … | less` takes as long as somebody reads.
    public var requestsAtWork = 64
    /// For the first head of a connection, TLS included, for a head of which something is there, and for a body.
    public var arrival: Duration = .seconds(30)
    /// Between two requests.
    public var idle: Duration = .seconds(120)
    /// For requests at work when the server ends, and for a client to read why it is refused.
    public var end: Duration = .seconds(2)

    public init() {}
}
