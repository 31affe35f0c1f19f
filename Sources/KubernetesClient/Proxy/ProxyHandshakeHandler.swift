internal import NIOCore
internal import NIOSSL

/// Asks a proxy for a way to a server, and goes out of the pipeline once there is one. TLS with the proxy, if there is any, is in
/// front of it, and keeps what is asked until its handshake is done.
final class ProxyHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var conversation: ProxyConversation
    private let promise: EventLoopPromise<Void>
    private let timeout: TimeAmount
    private var buffer = ByteBuffer()
    private var isDone = false
    private var timer: Scheduled<Void>?

    /// - Parameter promise: is kept or broken when the proxy has answered, and at the latest after `timeout`.
    init(_ conversation: ProxyConversation, timeout: TimeAmount, promise: EventLoopPromise<Void>) {
        self.conversation = conversation
        self.timeout = timeout
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeout) {
            bound.value.handler.timeOut(bound.value.context)
        }
        send(conversation.question, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Whatever happens, whoever waits gets an answer. The handler goes by itself when there is a way.
        if !isDone { promise.fail(ChannelError.eof) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        do throws(ProxyFailure) {
            while let answer = try conversation.take(&buffer) {
                switch answer {
                case .ask(let question): send(question, context)
                case .open:
                    // No server speaks before it is spoken to: neither TLS nor HTTP does.
                    guard buffer.readableBytes == 0 else { throw ProxyFailure("it sent more than it was asked for") }
                    return end(.success(()), context)
                }
            }
        } catch {
            end(.failure(error), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(ProxyFailure("it closed the connection")), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isDone { return context.fireErrorCaught(error) }
        end(.failure(ProxyFailure(tls: error, host: conversation.proxy.host) ?? error), context)
    }

    private func timeOut(_ context: ChannelHandlerContext) {
        // A proxy in plain HTTP may wait for the end of a line, which the beginning of TLS has not.
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        let isShakingHands = tls.map { $0.peerCertificate == nil } ?? false
        end(
            .failure(
                isShakingHands
                    ? ProxyFailure("it did not answer the TLS handshake in time", remedy: .doWithoutTLS)
                    : ProxyFailure("it did not answer in time")), context)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private func end(_ result: Result<Void, any Error>, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        timer?.cancel()
        switch result {
        case .failure(let error):
            promise.fail(error)
            context.close(promise: nil)
        case .success:
            let promise = promise
            context.pipeline.syncOperations.removeHandler(self).whenComplete { _ in promise.succeed(()) }
        }
    }
}
