internal import NIOCore

/// Takes apart the messages of `v4.channel.k8s.io` of a port-forward with one port: 0 is the channel of its bytes, 1 that of its
/// errors, and the first message on each is the port, in two bytes, the low one first.
/// Source: k8s.io/kubelet `pkg/cri/streaming/portforward/websocket.go`.
struct PortForwardMessages: ChannelMessages, Sendable {
    let port: UInt16

    /// What the greeting of each channel has brought so far; nil once it is over.
    private var greetings: [[UInt8]?] = [[], []]
    /// The channel of the message under way; nil until its first byte.
    private var channel: Int?
    private var isInMessage = false

    init(port: UInt16) {
        self.port = port
    }

    /// Bytes of the port are `stdout`, words of an error are `stderr`.
    mutating func take(_ data: ByteBuffer, isFirst: Bool, isLast: Bool) throws(ExecMessages.Broken) -> ExecEvent? {
        guard isFirst != isInMessage else {
            throw ExecMessages.Broken(
                reason: isFirst ? "a message begins inside another" : "a fragment belongs to no message")
        }
        var data = data
        if isFirst { channel = nil }
        isInMessage = !isLast
        if channel == nil, let number: UInt8 = data.readInteger() {
            guard number < 2 else {
                throw ExecMessages.Broken(reason: "a message came on the unknown channel \(number)")
            }
            channel = Int(number)
        }
        guard let channel else { return nil }
        if let greeting = greetings[channel] {
            let known = greeting + data.readableBytesView
            guard known.count <= 2, !isLast || known == [UInt8(truncatingIfNeeded: port), UInt8(port >> 8)] else {
                throw ExecMessages.Broken(reason: "it does not begin with the port \(port)")
            }
            greetings[channel] = isLast ? nil : known
            return nil
        }
        guard data.readableBytes > 0 else { return nil }
        return .output(channel == 0 ? .stdout : .stderr, data)
    }
}
