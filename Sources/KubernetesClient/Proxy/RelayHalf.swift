internal import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One of two handlers that make one way out of two connections: what comes on one goes out on the other, no faster than it is taken
/// there. Both connections live on the same event loop.
final class RelayHalf: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var other: RelayHalf?
    private var context: ChannelHandlerContext?
    private var wantsToRead = false

    private init() {}

    static func pair() -> (RelayHalf, RelayHalf) {
        let (one, two) = (RelayHalf(), RelayHalf())
        one.other = two
        two.other = one
        return (one, two)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        other?.end()
        other = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other?.context?.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other?.context?.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let other, other.wantsToRead {
            other.wantsToRead = false
            other.context?.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if other?.context?.channel.isWritable ?? true { context.read() } else { wantsToRead = true }
    }

    func channelInactive(context: ChannelHandlerContext) {
        other?.end()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        other?.reset()
        context.close(promise: nil)
    }

    /// Closes behind what has been written: the last of an answer is still to be sent when the server has gone.
    private func end() {
        guard let context else { return }
        let channel = context.channel
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
    }

    /// Closes as the other connection was: an answer in plain HTTP may end with its connection, and one that was cut off must not
    /// look whole.
    private func reset() {
        guard let channel = context?.channel else { return }
        guard let provider = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
        provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }
}
