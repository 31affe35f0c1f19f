internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The server has forgotten the state of the cluster that a list was being read in.
struct ExpiredList: Error {
    let error: KubernetesError
    /// Goes on after the same name in a newer state. Source: k8s.io/apiserver `etcd3/store.go`, "inconsistent continue".
    let continueToken: String?
}

/// Sends requests to one API server and gives their answers as streams, with retries and errors for people.
final class HTTPTransport: Sendable {
    let server: ServerURL
    let tls: TLSSettings?
    let credentials: Credentials
    let options: ClientOptions
    /// What the certificate must be for, when it is not the host.
    let tlsServerName: String?
    let dialer: ServerDialer
    /// Nil where the library for requests knows the way to the proxy, or there is none.
    let relay: ProxyRelay?
    let client: HTTPClient
    let gate: ConnectionGate
    private let latency: LatencyGate
    private let pace: RequestPace
    private let counts = Mutex(ClientUsage())
    /// The best reading of the server's clock so far.
    private let clock = Mutex<ServerClock?>(nil)

    init(access: ClusterAccess, options: ClientOptions) throws(KubernetesError) {
        guard let server = ServerURL(access.server) else {
            throw KubernetesError(
                code: .badKubeconfig, doing: "connecting to the cluster", subject: access.server.printable(limit: 200),
                reason: "it is not an http or https URL", advice: "Correct the cluster's server in the kubeconfig")
        }
        self.server = server
        self.options = options
        tls = server.isTLS ? try TLSSettings(access: access) : nil
        tlsServerName = server.isTLS ? access.tlsServerName : nil
        let dialer = try ServerDialer(access, server: server, options: options)
        self.dialer = dialer
        relay =
            switch access.proxy?.kind {
            case nil, .http: nil
            case .https, .socks5: try ProxyRelay(dialer)
            }
        credentials = Credentials(access: access, options: options, isTLS: server.isTLS)
        gate = ConnectionGate(slots: options.maxConnections)
        latency = LatencyGate(most: options.maxConnections)
        pace = RequestPace(perSecond: options.maxRequestsPerSecond)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls?.configuration, redirectConfiguration: .disallow,
            // The relay has limits of its own, and knows more of what took so long.
            timeout: .init(
                connect: TimeAmount(
                    relay == nil ? options.connectTimeout : dialer.patience + options.connectTimeout), read: nil),
            connectionPool: .init(
                idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: options.maxConnections),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        // A refusal is told at once; when to try again is decided here.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = relay?.forRequests ?? access.proxy?.forRequests
        if let check = tls.flatMap({ ServerAddressCheck(server, $0.configuration) }) {
            configuration.http1_1ConnectionDebugInitializer = { check.check($0) }
        }
        if let tlsServerName { configuration.dnsOverride = [tlsServerName: server.host] }
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    deinit {
        // The library insists on an end; whoever forgot `shutdown` gets it without waiting.
        client.shutdown { _ in }
        relay?.close()
    }

    var serverClock: ServerClock? { clock.withLock { $0 } }

    var usage: ClientUsage {
        var usage = counts.withLock { $0 }
        usage.lowestConcurrency = latency.lowest
        return usage
    }

    func count(_ change: (inout ClientUsage) -> Void) {
        counts.withLock { change(&$0) }
    }

    /// Waits until a request may be sent, and counts it.
    func turn(isRetry: Bool) async throws {
        try await pace.turn()
        count { usage in
            usage.requests += 1
            if isRetry { usage.retries += 1 }
        }
    }

    /// How long to wait before the next try, or nil not to try again.
    ///
    /// Others wait as well when it is the API server itself that wants fewer requests. What a kubelet or an extension server
    /// says, it passes on: that is between them and this request.
    ///
    /// - Parameter path: of the request that was refused.
    func delay(after error: KubernetesError, attempt: Int, path: String, retry: RetryPolicy? = nil) -> Duration? {
        let delay = (retry ?? options.retry).delay(after: error, attempt: attempt)
        if error.code == .tooManyRequests {
            count { $0.throttled += 1 }
            if RequestPath.isAnsweredByServer(path), let wanted = error.retryAfter ?? delay { pace.pause(wanted) }
        }
        return delay
    }

    func shutdown() async {
        try? await client.shutdown()
        relay?.close()
    }

    func failure(_ doing: String) -> TransportFailure {
        TransportFailure(
            doing: doing, server: server, proxy: dialer.proxy, options: options, silence: options.readTimeout,
            relay: relay)
    }

    /// Sends a request and lends its answer, once it is a 2xx, to `receive`.
    ///
    /// Failures before `receive` begins are tried again as the policy says. Errors of `receive` other than the network's go
    /// through as they are.
    func stream<Result>(
        _ request: Request, receive: (_ next: () async throws -> [UInt8]?) async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        var retriedForToken = false
        var isRetry = false
        while true {
            // The slots are free again before any wait for the next try.
            let outcome: Outcome<Result>
            do {
                var isAsking = false
                func answered() {
                    if isAsking { latency.leave() }
                    isAsking = false
                }
                defer { answered() }
                do {
                    // Whoever waits here holds no slot, so that what is not limited goes past.
                    if request.isLimited {
                        try await latency.enter()
                        isAsking = true
                    }
                    try await gate.enter()
                } catch {
                    throw failure(request.doing).error(error)
                }
                defer { gate.leave() }
                do {
                    try await turn(isRetry: isRetry)
                } catch {
                    throw failure(request.doing).error(error)
                }
                outcome = try await once(request, answered: answered, receive: receive)
            }
            isRetry = true
            switch outcome {
            case .done(let result): return result
            case .refused(let error, let origin):
                if error.code == .unauthorized, !retriedForToken, try await credentials.renewed(after: origin) {
                    retriedForToken = true
                    continue
                }
                guard
                    let delay = delay(after: error, attempt: attempt, path: request.path, retry: request.retry)
                else {
                    throw await explained(error)
                }
                attempt += 1
                do {
                    try await Task.sleep(for: delay)
                } catch let cancellation {
                    throw failure(request.doing).error(
                        error.code == .tooManyRequests ? RequestPace.CancelledWhilePaused() : cancellation)
                }
            }
        }
    }

    /// Collects an answer of at most `maxBytes`.
    func bytes(_ request: Request, maxBytes: Int) async throws(KubernetesError) -> [UInt8] {
        do {
            return try await stream(request) { next in
                var bytes: [UInt8] = []
                while let chunk = try await next() {
                    guard bytes.count + chunk.count <= maxBytes else {
                        throw KubernetesError(
                            code: .tooLarge, doing: request.doing, subject: request.path,
                            reason: "the answer is larger than \(maxBytes) bytes")
                    }
                    if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
                }
                return bytes
            }
        } catch {
            throw failure(request.doing).error(error)
        }
    }

    /// Collects an answer of at most `maxBytes` within a time, all tries together.
    func bytes(_ request: Request, maxBytes: Int, within limit: Duration) async throws(KubernetesError) -> [UInt8] {
        do {
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { try await self.bytes(request, maxBytes: maxBytes) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw KubernetesError(
                        code: .timeout, doing: request.doing, subject: request.path,
                        reason: "it was not answered within \(max(limit, .zero).formatted)")
                }
                defer { group.cancelAll() }
                guard let bytes = try await group.next() else { throw CancellationError() }
                return bytes
            }
        } catch {
            throw failure(request.doing).error(error)
        }
    }

    private enum Outcome<Result> {
        case done(Result)
        /// Nothing was handed out.
        case refused(KubernetesError, Credentials.Origin)
    }

    /// - Parameter answered: called when the first bytes have come.
    private func once<Result>(
        _ request: Request, answered: () -> Void, receive: (_ next: () async throws -> [UInt8]?) async throws -> Result
    ) async throws -> Outcome<Result> {
        let (prepared, origin) = try await prepare(request)
        var failure = failure(request.doing)
        failure.silence = min(request.firstBytesTimeout ?? options.readTimeout, options.readTimeout)
        let (sent, start) = (LocalMoment.now, ContinuousClock.now)
        let exchange = HTTPExchange(client: client, request: prepared, idleLimit: failure.silence)
        defer { exchange.close() }
        var first: [UInt8]?
        do {
            let (head, bytes) = try await exchange.head()
            first = bytes
            guard request.wantsWhole ? head.status == .ok : (200..<300).contains(head.status.code) else {
                let refusal = await refusal(head, first: bytes, exchange)
                let error = refusal.error(doing: request.doing, subject: request.path)
                if request.reportsGone, error.code == .gone {
                    throw ExpiredList(error: error, continueToken: refusal.kubernetesStatus?.continueToken)
                }
                return .refused(error, origin)
            }
            note(head.headers, sent: sent)
            // A refusal is quick, or that of something behind the API server.
            if request.isMeasured { latency.note(request.kind, sent: start) }
            answered()
            request.answered?(head.status.code, head.headers)
            // A broken connection often shows only with the first bytes: nothing is lost by another try until then.
            if bytes.isEmpty { first = try await exchange.next() }
        } catch let expired as ExpiredList {
            throw expired
        } catch {
            return .refused(failure.error(error), origin)
        }
        let later = self.failure(request.doing)
        var missing = request.firstBytes
        func took(_ bytes: [UInt8]) -> [UInt8] {
            count { $0.receivedBytes += UInt64(bytes.count) }
            if missing > 0 {
                missing -= bytes.count
                if missing <= 0 { exchange.allow(silence: options.readTimeout) }
            }
            return bytes
        }
        return .done(
            try await receive {
                if let bytes = first {
                    first = nil
                    if !bytes.isEmpty { return took(bytes) }
                }
                do {
                    guard let bytes = try await exchange.next() else { return nil }
                    return took(bytes)
                } catch {
                    throw later.error(error)
                }
            })
    }

    func prepare(
        _ request: Request
    ) async throws(KubernetesError) -> (HTTPClient.Request, Credentials.Origin) {
        let issued = try await credentials.issue(host: server.authority)
        var headers = issued.headers
        headers.add(name: "Accept", value: request.accept)
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        if request.body != nil { headers.add(name: "Content-Type", value: "application/json") }
        let url = server.text(host: tlsServerName) + request.path + RequestPath.query(request.query)
        do {
            return (
                try HTTPClient.Request(
                    url: url, method: request.method, headers: headers, body: request.body.map { .bytes($0) },
                    tlsConfiguration: issued.tls), issued.origin
            )
        } catch {
            throw KubernetesError(
                code: .badArgument, doing: request.doing, subject: request.path.printable(limit: 200),
                reason: "no request can be made of it: \(error)")
        }
    }

    private func note(_ headers: HTTPHeaders, sent: LocalMoment) {
        guard let reading = ServerClock(headers, sent: sent, received: .now) else { return }
        clock.withLock { known in
            if known.map({ $0.errorMilliseconds > reading.errorMilliseconds }) ?? true { known = reading }
        }
    }

    private func refusal(_ head: HTTPResponseHead, first: [UInt8], _ exchange: HTTPExchange) async -> HTTPRefusal {
        var body = first
        while body.count < HTTPRefusal.maxBodyBytes, let chunk = try? await exchange.next() { body += chunk }
        return HTTPRefusal(
            status: head.status, headers: head.headers, body: Array(body.prefix(HTTPRefusal.maxBodyBytes)))
    }

    /// Says what is wrong with a server's certificate, or with the way through the proxy, if that is what is wrong.
    func explained(_ error: KubernetesError) async -> KubernetesError {
        if error.code == .proxyFailed, relay == nil, let reason = await dialer.proxyFailure() {
            return failure(error.doing).error(reason)
        }
        return await ServerCertificateCheck(dialer: dialer, tlsServerName: tlsServerName).explain(error)
    }
}
