internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// What became of the wish to upgrade a connection to a WebSocket.
enum ExecUpgrade: Sendable {
    case accepted(any Channel, subprotocol: String?)
    case refused(HTTPRefusal)
}

/// An answer to the wish that is neither a yes nor a no.
struct BadUpgrade: Error {
    let reason: String
}

/// Waits for the answer to the upgrade request and, on a yes, puts the WebSocket's handlers behind itself before it passes on another
/// byte.
///
/// The library's own upgrade handler changes the pipeline over several turns of the event loop: what a server sends along with its
/// yes is lost when it hangs up at once, as it does after a quick command.
final class ExecHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        case awaitingHead
        case readingRefusal(HTTPResponseHead)
        case done
    }

    private static let maxHeadBytes = 64 << 10

    private let promise: EventLoopPromise<ExecUpgrade>
    private let mailbox: Mailbox<ExecEvent>
    private let messages: any ChannelMessages
    /// Knows the key that was sent, and what the server has to make of it.
    private let upgrader: NIOWebSocketClientUpgrader
    private var state = State.awaitingHead
    private var buffer = ByteBuffer()

    /// - Parameter messages: takes apart what comes after a yes.
    init(
        key: String, mailbox: Mailbox<ExecEvent>, messages: any ChannelMessages = ExecMessages(),
        promise: EventLoopPromise<ExecUpgrade>
    ) {
        self.promise = promise
        self.mailbox = mailbox
        self.messages = messages
        upgrader = NIOWebSocketClientUpgrader(requestKey: key) { channel, _ in
            channel.eventLoop.makeSucceededVoidFuture()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = state { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        do {
            if case .awaitingHead = state, let head = try takeHead() { try decide(head, context) }
        } catch {
            return fail(error, context)
        }
        if case .readingRefusal(let head) = state { readRefusal(head, isAtEnd: false, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .awaitingHead: fail(ChannelError.eof, context)
        case .readingRefusal(let head): readRefusal(head, isAtEnd: true, context)
        case .done: context.fireChannelInactive()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .awaitingHead: fail(error, context)
        case .readingRefusal(let head): readRefusal(head, isAtEnd: true, context)
        case .done: context.fireErrorCaught(error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Whatever happens, whoever waits gets an answer.
        promise.fail(ChannelError.eof)
    }

    private func takeHead() throws(BadUpgrade) -> HTTPResponseHead? {
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else {
            if buffer.readableBytes > Self.maxHeadBytes || !view.starts(with: "HTTP/".utf8.prefix(view.count)) {
                throw BadUpgrade(reason: "it does not answer in HTTP")
            }
            return nil
        }
        let lines = String(decoding: view[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        buffer.moveReaderIndex(to: end.upperBound)
        let status = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]), (100...599).contains(code)
        else {
            throw BadUpgrade(reason: "it does not answer in HTTP/1.1")
        }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw BadUpgrade(reason: "a header of its answer is broken")
            }
            headers.add(
                name: String(line[..<colon]),
                value: String(
                    line[line.index(after: colon)...].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
        }
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: code), headers: headers)
    }

    private func decide(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) throws {
        guard head.status.code == 101 else {
            state = .readingRefusal(head)
            return
        }
        guard head.headers.first(name: "upgrade")?.lowercased() == "websocket",
            upgrader.shouldAllowUpgrade(upgradeResponse: head)
        else { throw BadUpgrade(reason: "its answer does not fit the question") }
        let pipeline = context.pipeline.syncOperations
        let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: ExecConnection.maxFrameBytes))
        try pipeline.addHandlers(
            [WebSocketFrameEncoder(), decoder, ExecChannelHandler(mailbox, messages)], position: .after(self))
        state = .done
        promise.succeed(.accepted(context.channel, subprotocol: head.headers.first(name: "Sec-WebSocket-Protocol")))
        let rest = buffer
        buffer = ByteBuffer()
        if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
    }

    private func readRefusal(_ head: HTTPResponseHead, isAtEnd: Bool, _ context: ChannelHandlerContext) {
        let isChunked = head.headers.first(name: "transfer-encoding")?.lowercased().contains("chunked") ?? false
        let length = head.headers.first(name: "content-length").flatMap { Int($0) }
        var body: [UInt8]?
        if isChunked {
            body = ChunkedBody.decode(
                buffer.readableBytesView, isAtEnd: isAtEnd || buffer.readableBytes >= HTTPRefusal.maxBodyBytes)
        } else if isAtEnd || buffer.readableBytes >= min(length ?? .max, HTTPRefusal.maxBodyBytes) {
            body = Array(buffer.readableBytesView.prefix(HTTPRefusal.maxBodyBytes))
        }
        guard let body else { return }
        state = .done
        promise.succeed(.refused(HTTPRefusal(status: head.status, headers: head.headers, body: body)))
        context.close(promise: nil)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        state = .done
        promise.fail(error)
        context.close(promise: nil)
    }
}

/// The short body of a refusal, in chunks. Source: RFC 9112, section 7.1.
enum ChunkedBody {
    /// Nil when more is to come. What is broken ends the body where it breaks.
    static func decode(_ bytes: ByteBufferView, isAtEnd: Bool) -> [UInt8]? {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let digits = rest[..<end].prefix { Character(Unicode.Scalar($0)).isHexDigit }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size > 0,
                size <= HTTPRefusal.maxBodyBytes
            else { return body }
            let data = rest[rest.index(after: end)...]
            guard data.count >= size + 2 else {
                body += data.prefix(size)
                break
            }
            body += data.prefix(size)
            rest = data.dropFirst(size + 2)
        }
        return isAtEnd ? body : nil
    }
}
