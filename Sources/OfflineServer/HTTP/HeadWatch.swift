internal import NIOCore
internal import NIOHTTP1

/// Stands before the HTTP decoder and counts what comes: the decoder itself keeps a request line of any length.
final class HeadWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private let connection: HTTPConnection
    private var count = 0

    init(limit: Int, connection: HTTPConnection) {
        self.limit = limit
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let heads = connection.heads
        count += unwrapInboundIn(data).readableBytes
        connection.bytesCame()
        context.fireChannelRead(data)
        if heads != connection.heads { count = 0 }
        if !connection.awaitsHead { count = 0 }
        // By way of the other handlers, which then expect an answer.
        if count > limit { context.fireErrorCaught(HTTPParserError.headerOverflow) }
    }
}
