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
        let sent = ServerFrames(in: wire)
        require(sent.holdInOrder(whole.output), "what comes out are payloads of frames, in their order")
        require(sent.pings.starts(with: whole.pongs), "a ping is answered once, with its own bytes")
        if whole.reason == nil, !sent.isClosed {
            require(whole.pongs.count == sent.pings.count, "each ping of an exec that was not ended is answered")
        }
        if let reason = whole.reason { requireFitLine(reason) }
        for status in whole.statuses {
            require(status.count <= ExecMessages.maxStatusBytes, "a status is bounded")
            guard let parsed = KubernetesStatus(parsing: status, requiresKind: false) else { continue }
            requireFitLine(parsed.message)
            guard case .failed(let failed)? = ExecResult(parsed) else { continue }
            requireFitLine(failed.message)
        }
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
    /// As ``ExecConnection`` has it.
    static let maxFrameBytes = 1 << 20

    struct Output: Equatable, Sendable {
        var stream: ExecStream
        var bytes: [UInt8]
    }

    var output: [Output] = []
    var statuses: [[UInt8]] = []
    var pongs: [[UInt8]] = []
    /// Why it ended too early; nil when it did not.
    var reason: String?

    init(of wire: [UInt8], step: Int) throws {
        let mailbox = Mailbox<ExecEvent>(highWatermark: .max)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.maxFrameBytes)),
            ExecChannelHandler(mailbox, ExecMessages()),
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
        case .output(let stream, let bytes):
            output.append(Output(stream: stream, bytes: Array(bytes.readableBytesView)))
        case .status(let bytes): statuses.append(bytes)
        }
    }
}

/// The frames that are on the wire, as the decoder alone reads them.
private struct ServerFrames {
    var data: [[UInt8]] = []
    var pings: [[UInt8]] = []
    var isClosed = false

    init(in wire: [UInt8]) {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: ExecOutcome.maxFrameBytes)))
        _ = try? channel.writeInbound(ByteBuffer(bytes: wire))
        while let frame = try? channel.readInbound(as: WebSocketFrame.self) {
            let payload = Array(frame.unmaskedData.readableBytesView)
            switch frame.opcode {
            case .binary, .continuation: data.append(payload)
            case .ping: pings.append(payload)
            case .connectionClose: isClosed = true
            default: break
            }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// A message's first byte of all is its channel, and no output.
    func holdInOrder(_ output: [ExecOutcome.Output]) -> Bool {
        var rest = data[...]
        for piece in output {
            let place = rest.firstIndex { $0 == piece.bytes || $0.dropFirst().elementsEqual(piece.bytes) }
            guard let place else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }
}
