internal import NIOCore

/// One connection of the library for requests to the relay: takes its CONNECT, finds it a way, and says whether there is one.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case awaitingHead
        case dialling
        case open
        case closed
    }

    private static let maxHeadBytes = 8 << 10

    private let shared: ProxyRelay.Shared
    private let holder = ChannelHolder()
    private var state = State.awaitingHead
    private var buffer = ByteBuffer()
    private var timer: Scheduled<Void>?

    init(_ shared: ProxyRelay.Shared) {
        self.shared = shared
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: TimeAmount(shared.dialer.timeout)) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .open: return context.fireChannelRead(data)
        case .closed: return
        // It has to wait for an answer.
        case .dialling: return context.close(promise: nil)
        case .awaitingHead: break
        }
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)), end.upperBound == view.endIndex else {
            if view.count > Self.maxHeadBytes { context.close(promise: nil) }
            return
        }
        timer?.cancel()
        guard isOurs(String(decoding: view, as: UTF8.self)) else { return context.close(promise: nil) }
        buffer = ByteBuffer()
        state = .dialling
        dial(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        // Nobody waits for a way any more. One that is open is closed by the other half.
        if case .dialling = state { holder.close() }
        if case .open = state {} else { state = .closed }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Whether it is the library for requests that asks.
    private func isOurs(_ head: String) -> Bool {
        let lines = head.split(separator: "\r\n")
        guard lines.first?.hasPrefix("CONNECT ") == true else { return false }
        let wanted = "proxy-authorization: basic "
        return lines.contains { line in
            line.utf8.count == wanted.utf8.count + shared.login.utf8.count && line.lowercased().hasPrefix(wanted)
                // As long for a wrong login as for the right one.
                && zip(line.utf8.suffix(shared.login.utf8.count), shared.login.utf8).reduce(0) { $0 | $1.0 ^ $1.1 } == 0
        }
    }

    private func dial(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        shared.dialer.connect(holder, on: context.eventLoop).whenComplete { result in
            bound.value.handler.dialled(result, bound.value.context)
        }
    }

    private func dialled(_ result: Result<any Channel, any Error>, _ context: ChannelHandlerContext) {
        guard case .dialling = state else { return holder.close() }
        do {
            let far = try result.get()
            let pair = RelayHalf.pair()
            try context.pipeline.syncOperations.addHandler(pair.0, position: .after(self))
            try far.pipeline.syncOperations.addHandler(pair.1)
            state = .open
            shared.lastFailure.value = nil
            answer("200 OK", context)
        } catch {
            shared.lastFailure.value = error
            state = .closed
            holder.close()
            answer("502 Bad Gateway", context)
            context.close(promise: nil)
        }
    }

    private func answer(_ status: String, _ context: ChannelHandlerContext) {
        let text = "HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
