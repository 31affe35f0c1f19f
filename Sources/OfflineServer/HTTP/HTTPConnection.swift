internal import NIOCore
internal import NIOHTTP1

/// One connection: takes requests one after the other, and what is answered to them. On its event loop only.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Stage {
        /// Nothing of the next request is there.
        case waiting
        /// Something of its head is.
        case arriving
        case body(APIRequest, isKeptAlive: Bool)
        case working
        /// Answered before all of it was there: the rest is passed over, so that the client reads the answer, not a reset.
        case draining
        case closing
    }

    private let server: ServerCore
    private var stage = Stage.arriving
    private var context: ChannelHandlerContext?
    private var arrival: Scheduled<Void>?
    private var task: Task<Void, Never>?
    private var isKeptAlive = false
    private var isEnding = false
    /// Of whoever writes, until there is room again.
    private var room: EventLoopPromise<Void>?
    /// Of a watch, until its end.
    private var rest: EventLoopPromise<Void>?
    /// Heads that came.
    private(set) var heads = 0

    init(_ server: ServerCore) {
        self.server = server
    }

    // MARK: Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        wait(server.limits.arrival)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
    }

    private func leave() {
        stage = .closing
        arrival?.cancel()
        task?.cancel()
        room?.fail(CancellationError())
        rest?.fail(CancellationError())
        (room, rest, task, context) = (nil, nil, nil, nil)
    }

    private func close() {
        stage = .closing
        arrival?.cancel()
        context?.close(promise: nil)
    }

    /// The server ends: what idles ends now, the rest when it is done.
    func end() {
        isEnding = true
        rest?.succeed()
        rest = nil
        switch stage {
        case .waiting, .arriving, .body, .draining: close()
        case .working, .closing: break
        }
    }

    // MARK: Requests

    var awaitsHead: Bool {
        switch stage {
        case .waiting, .arriving: true
        default: false
        }
    }

    func bytesCame() {
        guard case .waiting = stage else { return }
        stage = .arriving
        wait(server.limits.arrival)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(var buffer):
            guard case .body(var request, let isKeptAlive) = stage else { return }
            // Else it would be copied with each piece.
            stage = .arriving
            guard request.body.count + buffer.readableBytes <= server.limits.bodyBytes else { return refuseBody() }
            request.body += buffer.readBytes(length: buffer.readableBytes) ?? []
            stage = .body(request, isKeptAlive: isKeptAlive)
        case .end:
            if case .draining = stage { return close() }
            guard case .body(let request, let isKeptAlive) = stage else { return }
            arrival?.cancel()
            self.isKeptAlive = isKeptAlive
            stage = .working
            task = Delivery(server: server, connection: handle(context)).start(request)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        heads += 1
        guard awaitsHead else { return }
        let bad = { (reason: String) in self.refuse(.badRequest(reason)) }
        guard head.version == .http1_1 else {
            return refuse(APIFailure(505, "HTTPVersionNotSupported", "only HTTP/1.1 is spoken here"))
        }
        guard head.headers["host"].count == 1 else { return bad("exactly one header Host is needed") }
        guard let target = RequestTarget(head.uri) else { return bad("the path of the request is not one of an API") }
        let request = APIRequest(
            method: head.method.rawValue, path: target.path, query: target.query,
            headers: head.headers.map { ($0.name.lowercased(), $0.value) })
        if let length = request.header("content-length").flatMap({ Int($0) }), length > server.limits.bodyBytes {
            return refuseBody()
        }
        // The decoder reads nothing behind a request to upgrade, which is answered like any other.
        stage = .body(request, isKeptAlive: head.isKeepAlive && !head.headers.contains(name: "upgrade"))
        wait(server.limits.arrival)
        if request.header("expect")?.lowercased() == "100-continue" {
            context?.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    private func refuseBody() {
        refuse(
            APIFailure(
                413, "RequestEntityTooLarge", "the body of the request has more than \(server.limits.bodyBytes) bytes"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow where awaitsHead:
            refuse(
                APIFailure(431, "RequestHeaderFieldsTooLarge", "the head of the request is too large"))
        case is HTTPParserError where awaitsHead: refuse(.badRequest("that is not HTTP/1.1"))
        default: close()
        }
    }

    /// Answers, and ends the connection.
    private func refuse(_ failure: APIFailure) {
        guard let context else { return }
        isKeptAlive = false
        stage = .draining
        let response = failure.response
        begin(response, length: response.body.length)
        if case .bytes(let bytes) = response.body { write(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
        write(.end(nil))
        context.flush()
        wait(server.limits.end)
    }

    // MARK: Time

    private func wait(_ time: Duration) {
        arrival?.cancel()
        arrival = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [weak self] in
            guard let self else { return }
            if case .body = stage {
                refuse(APIFailure(408, "Timeout", "the body of the request did not come in time"))
            } else {
                close()
            }
        }
    }

    // MARK: Answers

    private func handle(_ context: ChannelHandlerContext) -> ConnectionHandle {
        ConnectionHandle(self, context.eventLoop)
    }

    /// - Parameter length: nil when it is not known.
    private func begin(_ response: APIResponse, length: Int?) {
        if response.endsConnection { isKeptAlive = false }
        let headers = AnswerHeaders.of(response, length: length, isKeptAlive: isKeptAlive && !isEnding)
        write(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)))
    }

    /// Begins an answer.
    ///
    /// - Parameter length: nil when it is not known, and the body comes in chunks.
    func send(_ response: APIResponse, length: Int?) -> EventLoopFuture<Void>? {
        guard case .working = stage else { return nil }
        begin(response, length: length)
        return flush()
    }

    func send(_ bytes: [UInt8]) -> EventLoopFuture<Void>? {
        guard case .working = stage else { return nil }
        write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
        return flush()
    }

    /// Ends an answer.
    func finish() {
        guard case .working = stage, let context else { return }
        task = nil
        guard isKeptAlive, !isEnding else {
            stage = .closing
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        // The next request may come out of this write.
        stage = .waiting
        wait(server.limits.idle)
        write(.end(nil))
        context.flush()
    }

    /// Ends the connection in the middle of an answer, so that nobody takes it for whole.
    func cut() {
        stage = .closing
        // What waits to be taken would hold up a close of TLS.
        context?.channel.close(mode: .all, promise: nil)
    }

    /// Until the client is gone, which it fails with; the server ends; or so much time is over.
    func restEnd(atMost time: Duration) -> EventLoopFuture<Void>? {
        guard case .working = stage, let context else { return nil }
        guard !isEnding else { return context.eventLoop.makeSucceededVoidFuture() }
        let promise = context.eventLoop.makePromise(of: Void.self)
        rest?.succeed()
        rest = promise
        let timer = context.eventLoop.scheduleTask(in: TimeAmount(time)) { promise.succeed() }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return promise.futureResult
    }

    private func write(_ part: HTTPServerResponsePart) {
        context?.write(wrapOutboundOut(part), promise: nil)
    }

    private func flush() -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        context.flush()
        guard !context.channel.isWritable else { return context.eventLoop.makeSucceededVoidFuture() }
        let promise = room ?? context.eventLoop.makePromise(of: Void.self)
        room = promise
        return promise.futureResult
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            room?.succeed()
            room = nil
        }
        context.fireChannelWritabilityChanged()
    }
}

extension APIResponse.Body {
    fileprivate var length: Int? { if case .bytes(let bytes) = self { bytes.count } else { nil } }
}
