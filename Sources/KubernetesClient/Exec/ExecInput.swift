internal import NIOCore
internal import NIOWebSocket

/// Sends the input of a command, and its end.
struct ExecInput {
    let channel: any Channel

    /// Sends everything, in frames, at the pace of the server. Runs on the event loop; errors end the connection, which the
    /// reading side sees.
    func send(_ bytes: [UInt8]) {
        sendNext(ByteBuffer(bytes: bytes))
    }

    /// Sends some of an input that goes on, and waits until the connection has taken it.
    func pass(_ bytes: [UInt8], within limit: Duration) async throws {
        var rest = ByteBuffer(bytes: bytes)
        var frames: [WebSocketFrame] = []
        while let piece = rest.readSlice(length: min(rest.readableBytes, 32 << 10)), piece.readableBytes > 0 {
            frames.append(frame([0], piece))
        }
        let (channel, whole) = (channel, frames)
        // At once, so that what another task sends meanwhile does not come in its midst.
        let sent = channel.eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            var last = channel.eventLoop.makeSucceededVoidFuture()
            for frame in whole { last = channel.write(frame) }
            channel.flush()
            return last
        }
        try await sent.value(within: limit)
    }

    private func sendNext(_ rest: ByteBuffer) {
        var rest = rest
        let channel = channel
        guard let piece = rest.readSlice(length: min(rest.readableBytes, 32 << 10)), piece.readableBytes > 0 else {
            // The end of channel 0: a message on channel 255 that names it. Source: Kubernetes KEP-4006.
            return channel.writeAndFlush(frame([255, 0], nil), promise: nil)
        }
        let remainder = rest
        channel.writeAndFlush(frame([0], piece)).whenSuccess { sendNext(remainder) }
    }

    private func frame(_ prefix: [UInt8], _ data: ByteBuffer?) -> WebSocketFrame {
        var message = channel.allocator.buffer(capacity: prefix.count + (data?.readableBytes ?? 0))
        message.writeBytes(prefix)
        if var data { message.writeBuffer(&data) }
        return WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: message)
    }
}
