internal import NIOCore
internal import NIOWebSocket

/// Between the WebSocket and the mailbox of an exec: takes messages apart, answers pings, and stops reading while the mailbox is
/// full.
final class ExecChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let mailbox: Mailbox<ExecEvent>
    private var messages: any ChannelMessages
    private var isPaused = false
    private var wantsRead = false
    private var hasEnded = false

    init(_ mailbox: Mailbox<ExecEvent>, _ messages: any ChannelMessages) {
        self.mailbox = mailbox
        self.messages = messages
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation: message(frame, context)
        case .ping:
            guard frame.fin, frame.data.readableBytes <= 125 else { return end(context, "a ping is too long") }
            context.writeAndFlush(
                wrapOutboundOut(
                    WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)),
                promise: nil)
        case .pong: break
        case .connectionClose:
            var data = frame.unmaskedData
            let code = data.readInteger(as: UInt16.self)
            let text = String(buffer: data).printable(limit: 200)
            end(context, success: code == nil || code == 1000, "the server closed it with code \(code ?? 0) \(text)")
        default: end(context, "a frame of a kind that an exec does not have")
        }
    }

    private func message(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        do {
            let event = try messages.take(frame.unmaskedData, isFirst: frame.opcode == .binary, isLast: frame.fin)
            guard let event else { return }
            let cost = if case .output(_, let buffer) = event { buffer.readableBytes } else { 0 }
            let loopBound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            let goesOn = mailbox.offer(event, cost: cost) {
                eventLoop.execute { loopBound.value.handler.resume(loopBound.value.context) }
            }
            if !goesOn { isPaused = true }
        } catch {
            end(context, error.reason)
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        isPaused = false
        if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { wantsRead = true } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as NIOWebSocketError: end(context, "the WebSocket is broken: \(error)")
        default:
            hasEnded = true
            mailbox.finish(.failure(error))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        mailbox.finish(.success(()))
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, success: Bool = false, _ reason: String) {
        hasEnded = true
        mailbox.finish(success ? .success(()) : .failure(ExecMessages.Broken(reason: reason)))
        context.close(promise: nil)
    }
}
