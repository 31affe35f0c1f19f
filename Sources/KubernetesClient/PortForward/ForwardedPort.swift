internal import NIOCore
internal import NIOWebSocket

/// A connection to a port of a pod, through the API server. It is used by one task at a time.
public final class ForwardedPort: Sendable {
    /// As much goes into one frame.
    private static let maxFrameBytes = 32 << 10
    /// More words of an error are not kept.
    private static let maxErrorBytes = 4 << 10

    private let channel: any Channel
    private let mailbox: Mailbox<ExecEvent>
    private let failure: TransportFailure

    init(_ channel: any Channel, _ mailbox: Mailbox<ExecEvent>, _ failure: TransportFailure) {
        (self.channel, self.mailbox, self.failure) = (channel, mailbox, failure)
    }

    /// Ends when the bytes are on their way to the API server.
    public func send(_ bytes: [UInt8]) async throws(KubernetesError) {
        var rest = bytes[...]
        do {
            while !rest.isEmpty {
                let piece = rest.prefix(Self.maxFrameBytes)
                rest = rest.dropFirst(piece.count)
                let frame = WebSocketFrame(
                    fin: true, opcode: .binary, maskKey: .random(), data: ByteBuffer(bytes: [0] + piece))
                try await channel.writeAndFlush(frame)
            }
        } catch {
            // Why the connection is gone may have come before it went.
            if !channel.isActive { while try await receive() != nil {} }
            throw failure.error(error)
        }
    }

    /// What has come from the pod, waiting for at least a byte; nil at the end.
    ///
    /// - Throws: ``KubernetesError/Code/connectionRefused`` or ``KubernetesError/Code/unreachable`` with the words of the node,
    ///   when it could not connect: that the API server took the request says nothing of that.
    public func receive() async throws(KubernetesError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var words: [UInt8] = []
        do {
            while bytes.isEmpty, words.isEmpty {
                guard let events = try await mailbox.next() else { return nil }
                for case .output(let stream, let buffer) in events {
                    if stream == .stdout {
                        bytes += buffer.readableBytesView
                    } else {
                        words += buffer.readableBytesView.prefix(Self.maxErrorBytes - words.count)
                    }
                }
            }
        } catch let error as ExecMessages.Broken {
            throw KubernetesError(
                code: .badResponse, doing: failure.doing, subject: "", reason: error.reason,
                advice: "A proxy before the API server may not pass a port-forward on")
        } catch {
            throw failure.error(error)
        }
        guard bytes.isEmpty else { return bytes }
        throw refusal(String(decoding: words, as: UTF8.self))
    }

    private func refusal(_ words: String) -> KubernetesError {
        let isRefused = words.lowercased().contains("connection refused")
        return KubernetesError(
            code: isRefused ? .connectionRefused : .unreachable, doing: failure.doing, subject: "",
            reason: isRefused
                ? "nothing in the pod listens there on its loopback address"
                : "the node could not connect: \(words.printable(limit: 300))")
    }
}
