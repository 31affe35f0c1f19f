/// Bytes in both directions, in order: a TCP connection, or what is forwarded through something else.
public protocol ByteChannel: Sendable {
    /// Ends when the bytes are on their way.
    func send(_ bytes: [UInt8]) async throws

    /// What has come, waiting for at least a byte; nil when the other side sends no more. One task at a time.
    func receive() async throws -> [UInt8]?
}
