internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The head of what a web server answered.
public struct WebAnswer: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    public var status: Int
    /// As in "HTTP/1.1".
    public var version: String
    /// In their order.
    public var headers: [Header]
    /// The address that was dialled.
    public var address: NetworkAddress
    /// From dialling to the head.
    public var timeToHead: Duration
}

/// One GET from this machine. Redirects are not followed, proxies of the environment are not used, nothing is unpacked: it goes where it
/// is meant to go, or nowhere. The server's certificate must be good for the name, by the system's roots or those of SSL_CERT_FILE.
public struct WebProbe: Sendable {
    public let url: String
    public let endpoint: Endpoint
    public let isTLS: Bool
    let headers: [(String, String)]
    let policy: AddressPolicy
    let limit: Duration

    /// More addresses of a name are not dialled, when the first ones accept no connection.
    static let mostDialled = 4

    /// - Parameters:
    ///   - url: http or https, encoded, without a user.
    ///   - limit: for resolving the name, and for each connection.
    /// - Throws: ``ProbeError/Code/badTarget``.
    public init(
        url: String, headers: [(String, String)], policy: AddressPolicy, within limit: Duration
    ) throws(ProbeError) {
        let lowered = url.prefix(8).lowercased()
        isTLS = lowered.hasPrefix("https://")
        guard isTLS || lowered.hasPrefix("http://") else {
            throw ProbeError(
                code: .badTarget, doing: "asking", subject: url.shown, reason: "it is no URL of http or https")
        }
        let authority = url.dropFirst(isTLS ? 8 : 7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        endpoint = try Endpoint(String(authority).lowercased(), port: isTLS ? 443 : 80)
        for (name, value) in headers where !Self.isHeader(name, value) {
            throw ProbeError(
                code: .badTarget, doing: "asking", subject: url.shown,
                reason: "\(name.shown) cannot be sent as a header, or its value has control characters")
        }
        (self.headers, self.policy, self.limit) = (headers, policy, limit)
        // With the host as it is judged: what is dialled is looked up by this very text.
        self.url = "\(isTLS ? "https" : "http")://\(endpoint)\(url.dropFirst((isTLS ? 8 : 7) + authority.count))"
    }

    /// - Parameters:
    ///   - head: gets the head before the first byte of the body.
    ///   - chunk: gets the body as it comes; the server waits while it does. The slice is only lent.
    /// - Throws: `ProbeError`, `CancellationError`, and what `head` and `chunk` throw.
    public func run(
        head: (WebAnswer) async throws -> Void, chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        let allowed = try await HostResolver.dialable(endpoint.host, policy: policy, within: limit).allowed
        var failure: (any Error)?
        for address in allowed.prefix(Self.mostDialled) {
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
                configuration: configuration(address))
            defer { client.shutdown { _ in } }
            let begun = ContinuousClock.now
            let response: HTTPClientResponse
            do {
                response = try await client.execute(request, deadline: .distantFuture)
            } catch {
                if error is CancellationError || Task.isCancelled { throw CancellationError() }
                failure = error
                // What did not accept a connection did not see the request.
                if Self.isBeforeRequest(error) { continue }
                break
            }
            try await head(
                WebAnswer(
                    status: Int(response.status.code), version: "\(response.version)",
                    headers: response.headers.map { WebAnswer.Header(name: $0.name, value: $0.value) },
                    address: address, timeToHead: ContinuousClock.now - begun))
            try await hand(response.body, to: chunk)
            return
        }
        throw self.failure(failure ?? HTTPClientError.connectTimeout)
    }

    private func hand(
        _ body: HTTPClientResponse.Body, to chunk: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var refused: (any Error)?
        do {
            for try await buffer in body {
                do {
                    try await chunk(Array(buffer.readableBytesView)[...])
                } catch {
                    refused = error
                    throw error
                }
            }
        } catch {
            if let refused { throw refused }
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw failure(error)
        }
    }

    private var request: HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.headers = ["User-Agent": "exhibit", "Accept": "*/*", "Accept-Encoding": "identity"]
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        return request
    }

    private func configuration(_ address: NetworkAddress) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = getenv("SSL_CERT_FILE") { tls.trustRoots = .file(String(cString: file)) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(limit), read: nil),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if case .name(let name) = endpoint.host { configuration.dnsOverride = [name: "\(address)"] }
        return configuration
    }

    private static func isBeforeRequest(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError, is IOError: true
        case let error as HTTPClientError: error == .connectTimeout
        default: false
        }
    }

    private func failure(_ error: any Error) -> ProbeError {
        func make(_ code: ProbeError.Code, _ reason: String, _ advice: String = "") -> ProbeError {
            ProbeError(code: code, doing: "asking", subject: url.shown, reason: reason, advice: advice)
        }
        return switch error {
        case let error as HTTPClientError where error == .connectTimeout: make(.timeout, "no connection in time")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            make(
                .handshakeFailed,
                "its certificate is not trusted here or is for another name, or it does not speak TLS",
                "name the roots for it in SSL_CERT_FILE")
        case is HTTPParserError: make(.badAnswer, "it does not speak HTTP, or ends before its answer is complete")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            make(.connectionLost, "it closed the connection before its answer was complete")
        default: NetworkFailure.error(error, doing: "asking", subject: url.shown)
        }
    }

    /// Whether a header may be given: a token as its name, none that frames the message or names its receiver, no control characters.
    /// Source: RFC 9110, section 5.
    private static func isHeader(_ name: String, _ value: String) -> Bool {
        let reserved: Set<String> = [
            "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
        ]
        return !name.isEmpty && !reserved.contains(name.lowercased())
            && name.utf8.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
