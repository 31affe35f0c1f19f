internal import Archive
internal import BundleFormat
internal import Collection
internal import Cryptography
internal import Dispatch
internal import Glibc
internal import StructuredText
internal import Synchronization

/// Sends what the steps of an agent capture to the operator's side, in place of writing it into a bundle.
struct AgentKeeper: EvidenceKeeper {
    let output: AgentOutput
    /// Nil: nothing is compressed. The way to the operator's side is through three servers, each of which copies every byte several times.
    let compressor: PieceCompressor?

    func entry(
        _ components: [[UInt8]], media: MediaType, attempt _: Int, size _: UInt64?
    ) async throws -> any KeptEntry {
        let number = output.nextEntry()
        try await output.send(.open(AgentEntry(number: number, path: components, media: media)))
        return SentEntry(number: number, output: output, compressor: compressor)
    }

    /// What has to be put down before it is done cannot be done here: the custody log is elsewhere.
    func custody(
        _: CustodyLine.Action, target _: Target, detail _: JSONObject, attempt _: Int, monotonic _: Int64
    ) async throws {
        throw StepFailure(
            .error("NotOnNode", "a step that does something to its target cannot be run by a node agent"))
    }

    func roomEnd(_: any Error) -> KeptRoomEnd? { nil }
}

/// An entry on its way.
private final class SentEntry: KeptEntry {
    /// Of one frame; the other side hashes and compresses while the next one comes.
    private static let pieceBytes = 512 << 10

    private let number: UInt32
    private let output: AgentOutput
    private let compressor: PieceCompressor?

    private struct State: ~Copyable {
        var hash: SHA256? = SHA256()
        var length: UInt64 = 0
    }

    private let state = Mutex(State())

    init(number: UInt32, output: AgentOutput, compressor: PieceCompressor?) {
        self.number = number
        self.output = output
        self.compressor = compressor
    }

    var length: UInt64 { state.withLock { $0.length } }

    func write(_ bytes: ArraySlice<UInt8>) async throws {
        state.withLock { state in
            state.length += UInt64(bytes.count)
            bytes.withUnsafeBytes { state.hash?.update($0) }
        }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceBytes)
            if let packed = compressor?.compress(piece) {
                try await output.send(.packed(entry: number, packed[...]))
            } else {
                try await output.send(.data(entry: number, piece))
            }
            rest = rest.dropFirst(Self.pieceBytes)
        }
    }

    func conclude() async throws -> KeptReceipt? {
        let (digest, length) = state.withLock { state -> (SHA256Digest?, UInt64) in
            let digest = state.hash.take()?.finalize()
            return (digest, state.length)
        }
        guard let digest else { throw CancellationError() }
        try await output.send(.close(entry: number, length: length, digest))
        return nil
    }

    func abandon() async {
        try? await output.send(.drop(entry: number))
    }
}

/// The agent's way out: one frame after the other, at the pace of who reads.
final class AgentOutput: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "exhibit.agent-output")
    private let entries = Mutex<UInt32>(0)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func nextEntry() -> UInt32 {
        entries.withLock { number in
            number &+= 1
            return number
        }
    }

    /// - Throws: when nobody reads any more.
    func send(_ reply: AgentReply) async throws {
        let bytes = reply.frame.encoded
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // A thread of its own: whoever reads may be slow.
            queue.async { [descriptor] in
                continuation.resume(with: Self.write(bytes, to: descriptor))
            }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Result<Void, any Error> {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(AgentProtocolError(reason: "cannot be heard any more: errno \(errno)"))
            }
            done += count
        }
        return .success(())
    }
}
