internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Asks a time stamp authority over HTTP or HTTPS (RFC 3161 section 3.4): one POST, one answer, within a time and a size.
///
/// Redirects are not followed, and proxies of the environment are not used: the request goes where the operator said, or
/// nowhere. What comes back is bytes that nobody has looked at.
public struct TimestampClient: Sendable {
    public let url: TimestampURL
    /// From the first packet to the last byte of the answer.
    public let timeout: Duration
    /// Roots for the server's certificate, in PEM; nil for those of the system. They have nothing to do with whom time
    /// stamps are believed from.
    public let tlsRoots: [UInt8]?

    /// A time stamp with its chain has 5 KiB.
    public static let largestAnswer = 256 << 10
    private static let query = "application/timestamp-query"
    private static let reply = "application/timestamp-reply"

    public init(url: TimestampURL, timeout: Duration = .seconds(10), tlsRoots: [UInt8]? = nil) {
        self.url = url
        self.timeout = timeout
        self.tlsRoots = tlsRoots
    }

    /// Sends a request (DER) and gives the answer. Ends at once when its task is cancelled.
    public func answer(to request: [UInt8]) async throws -> [UInt8] {
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: try configuration())
        // Not waited for: where packets are dropped silently, it takes until the connect timeout.
        defer { client.shutdown { _ in } }
        do {
            return try await withTimeout { try await exchange(request, client) }
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw failure(error)
        }
    }

    private func configuration() throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let tlsRoots {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(tlsRoots))
            } catch {
                throw make(.unreachable, "the roots for its server's certificate are no certificates in PEM")
            }
        }
        let (seconds, attoseconds) = timeout.components
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000), read: nil),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func exchange(_ request: [UInt8], _ client: HTTPClient) async throws -> [UInt8] {
        var message = HTTPClientRequest(url: url.description)
        message.method = .POST
        message.headers = ["Content-Type": Self.query, "Accept": Self.reply, "User-Agent": "exhibit"]
        message.body = .bytes(request)
        let response = try await client.execute(message, deadline: .distantFuture)
        guard response.status == .ok else {
            throw make(
                .refused, "it answers with HTTP status \(response.status.code)",
                (300..<400).contains(response.status.code)
                    ? "redirects are not followed: give the address that it names" : "check the address")
        }
        let type = response.headers.first(name: "Content-Type")?.split(separator: ";").first.map {
            $0.filter { $0 != " " }.lowercased()
        }
        guard type == Self.reply else {
            throw make(.badAnswer, "what answers there is no time stamp authority", "check the address")
        }
        var answer: [UInt8] = []
        for try await piece in response.body {
            guard answer.count + piece.readableBytes <= Self.largestAnswer else {
                throw make(.badAnswer, "its answer is larger than \(Self.largestAnswer) bytes")
            }
            answer.append(contentsOf: piece.readableBytesView)
        }
        return answer
    }

    private func withTimeout(_ body: @escaping @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            guard let answer = try await group.next() ?? nil else {
                throw make(.timeout, "it did not answer within \(timeout)")
            }
            return answer
        }
    }

    // MARK: Failures

    private func make(_ code: TimestampClientError.Code, _ reason: String, _ advice: String = "")
        -> TimestampClientError
    {
        TimestampClientError(code: code, url: url.description, reason: reason, advice: advice)
    }

    private func failure(_ error: any Error) -> TimestampClientError {
        switch error {
        case let error as TimestampClientError: error
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            make(.unreachable, "its host name cannot be resolved", "check the address, and DNS or VPN")
        case is NIOConnectionError, is IOError:
            make(.unreachable, "nothing listens there, or a firewall is between", "check the address and the network")
        case let error as HTTPClientError where error == .connectTimeout:
            make(.timeout, "no connection within \(timeout)", "check the address and the network")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            make(
                .unreachable, "its server's certificate is not trusted here, or it does not speak TLS",
                "give the roots for it with --tsa-http-ca FILE")
        case is HTTPParserError:
            make(.badAnswer, "it does not speak HTTP, or ends before its answer is complete", "check the address")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            make(.badAnswer, "it closed the connection before its answer was complete")
        default: make(.unreachable, "\(error)")
        }
    }
}
