internal import NIOCore

/// What arrives from the far end of an exec.
enum ExecEvent: Sendable {
    case output(ExecStream, ByteBuffer)
    /// The whole status on channel 3.
    case status([UInt8])
}

/// Takes apart the messages of a subprotocol whose first byte is a channel.
protocol ChannelMessages {
    /// Takes the next fragment of a message.
    mutating func take(_ data: ByteBuffer, isFirst: Bool, isLast: Bool) throws(ExecMessages.Broken) -> ExecEvent?
}

/// Takes apart the messages of `v4.channel.k8s.io` and `v5.channel.k8s.io`: the first byte of each is the channel, and a message
/// may come in any number of fragments. Source: k8s.io/apimachinery `remotecommand/constants.go`.
struct ExecMessages: ChannelMessages {
    /// A status is a few hundred bytes; a runtime's error may hold a long path.
    static let maxStatusBytes = 256 << 10

    struct Broken: Error {
        let reason: String
    }

    /// The channel of the message under way; nil until its first byte.
    private var channel: UInt8?
    private var isInMessage = false
    private var status: [UInt8] = []

    /// Takes the next fragment.
    /// - Parameters:
    ///   - isFirst: whether it begins a message.
    ///   - isLast: whether it ends one.
    mutating func take(_ data: ByteBuffer, isFirst: Bool, isLast: Bool) throws(Broken) -> ExecEvent? {
        guard isFirst != isInMessage else {
            throw Broken(reason: isFirst ? "a message begins inside another" : "a fragment belongs to no message")
        }
        var data = data
        if isFirst { channel = nil }
        isInMessage = !isLast
        // Also the servers' empty messages at the start, which carry only a channel.
        if channel == nil { channel = data.readInteger() }
        guard let channel else { return nil }
        switch channel {
        case 1: return data.readableBytes > 0 ? .output(.stdout, data) : nil
        case 2: return data.readableBytes > 0 ? .output(.stderr, data) : nil
        case 3:
            guard status.count + data.readableBytes <= Self.maxStatusBytes else {
                throw Broken(reason: "the status is larger than \(Self.maxStatusBytes) bytes")
            }
            status += data.readableBytesView
            guard isLast, !status.isEmpty else { return nil }
            defer { status = [] }
            return .status(status)
        // The server closes a channel of ours (v5); it names which one.
        case 0, 255: return nil
        default: throw Broken(reason: "a message came on the unknown channel \(channel)")
        }
    }
}
