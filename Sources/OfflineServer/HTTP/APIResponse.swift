/// What is answered to an ``APIRequest``.
public struct APIResponse: Sendable {
    /// The content.
    public enum Body: Sendable {
        case bytes([UInt8])
        /// Of a length that is not known before. What is thrown cuts the answer off, so that the client sees that it is not whole.
        case stream(@Sendable (any ResponseWriter) async throws -> Void)
    }

    /// Of HTTP, as in 200.
    public var status: Int
    /// As in `application/json`.
    public var mediaType: String
    /// Besides the usual ones: of text without control characters, which the server leaves out.
    public var headers: [(name: String, value: String)] = []
    /// What comes behind the head.
    public var body: Body
    /// Whether the connection ends with it, as of clients that have no right to be here.
    public var endsConnection = false

    public init(status: Int = 200, mediaType: String = "application/json", body: Body) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }
}

/// Takes the pieces of a ``APIResponse/Body/stream(_:)``.
public protocol ResponseWriter: Sendable {
    /// Returns when the client has taken enough of what was sent before.
    ///
    /// - Throws: `CancellationError` when the client is gone, and when the server ends.
    func write(_ bytes: [UInt8]) async throws

    /// Waits until the server ends, or so much time is over.
    ///
    /// - Throws: `CancellationError` when the client is gone.
    func waitForEnd(atMost time: Duration) async throws
}

/// Answers requests.
public protocol RequestHandler: Sendable {
    /// Called by many tasks at once. What it throws is answered with 500; of an ``APIFailure``, with that.
    func respond(to request: APIRequest) async throws -> APIResponse
}
