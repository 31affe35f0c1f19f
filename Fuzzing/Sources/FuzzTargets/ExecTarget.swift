internal import NIOCore
internal import NIOEmbedded
internal import NIOWebSocket

@testable import KubernetesClient

extension FuzzTarget {
    /// The first byte says in which pieces the rest comes off the wire.
    static let exec = FuzzTarget("exec") {
        let success = #"{"metadata":{},"status":"Success"}"#
        let failure =
            #"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","#
            + #""reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}"#
        let output = frame(2, [1] + Array("total 0\n".utf8))
        return [
            ("success", [3] + frame(2, [1]) + output + frame(2, [3] + Array(success.utf8)) + frame(8, [3, 0xE8])),
            ("failure", [200] + frame(2, [2] + Array("no\n".utf8)) + frame(2, [3] + Array(failure.utf8))),
            ("fragments", [1] + frame(2, [1, 65], isLast: false) + frame(9, [1, 2]) + frame(0, [66]) + frame(10, [])),
            ("long", [0] + frame(2, [1] + [UInt8](repeating: 66, count: 300)) + frame(2, [255, 1])),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let step = Int(recipe.byte()) + 1
        let wire = recipe.remainder()
        let whole = try ExecOutcome(of: wire, step: max(1, wire.count))
        require(try ExecOutcome(of: wire, step: step) == whole, "an exec is the same in whatever pieces it comes")
        require(whole.outputBytes <= wire.count, "no more comes out than went in")
        if let reason = whole.reason { requireFitLine(reason) }
        for status in whole.statuses {
            require(status.count <= ExecMessages.maxStatusBytes, "a status is bounded")
            guard let parsed = KubernetesStatus(parsing: status, requiresKind: false) else { continue }
            requireFitLine(parsed.message)
            guard case .failed(let failed)? = ExecResult(parsed) else { continue }
            requireFitLine(failed.message)
        }
        for pong in whole.pongs { require(pong.count <= 125, "the answer to a ping is short") }
    }

    /// A frame as a server sends it: not masked. Source: RFC 6455, section 5.2.
    private static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] = count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [(isLast ? 0x80 : 0) | opcode] + length + payload
    }
}

/// What the real handlers make of bytes off the wire.
private struct ExecOutcome: Equatable, Sendable {
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    /// Which stream each piece of output was of, and how long: the order is kept, too.
    var order: [Int] = []
    var statuses: [[UInt8]] = []
    var pongs: [[UInt8]] = []
    /// Why it ended too early; nil when it did not.
    var reason: String?

    var outputBytes: Int { stdout.count + stderr.count }

    init(of wire: [UInt8], step: Int) throws {
        let mailbox = Mailbox<ExecEvent>(highWatermark: .max)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)), ExecChannelHandler(mailbox),
        ])
        channel.pipeline.fireChannelActive()
        for start in stride(from: 0, to: wire.count, by: step) {
            // What is broken ends in the mailbox.
            _ = try? channel.writeInbound(ByteBuffer(bytes: wire[start...].prefix(step)))
        }
        while let frame = try channel.readOutbound(as: WebSocketFrame.self) {
            require(frame.opcode == .pong, "only pings are answered")
            pongs.append(Array(frame.data.readableBytesView))
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        let (events, end) = try runToEnd { () -> ([ExecEvent], String?) in
            var events: [ExecEvent] = []
            do {
                while let batch = try await mailbox.next() { events += batch }
                return (events, nil)
            } catch let broken as ExecMessages.Broken {
                return (events, broken.reason)
            } catch {
                return (events, "\(error)")
            }
        }
        reason = end
        for event in events { take(event) }
    }

    private mutating func take(_ event: ExecEvent) {
        switch event {
        case .output(.stdout, let bytes):
            stdout += bytes.readableBytesView
            order.append(bytes.readableBytes)
        case .output(.stderr, let bytes):
            stderr += bytes.readableBytesView
            order.append(-bytes.readableBytes)
        case .status(let bytes):
            statuses.append(bytes)
        }
    }
}
