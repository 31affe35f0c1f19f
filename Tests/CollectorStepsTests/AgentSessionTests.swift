import Archive
import BundleFormat
import Collection
import CollectorSteps
import Cryptography
import KubernetesClient
import StructuredText
import Synchronization
import Testing

/// What becomes of what an agent says, when it is honest and when it is not.
@Suite("The operator's side of a conversation with a node agent")
struct AgentSessionTests {
    /// Says what it was told to say, a batch each time, and then that the process ended.
    private final class Wire: AgentWire {
        private let batches: Mutex<[[ExecPiece]]>

        init(_ batches: [[ExecPiece]]) {
            self.batches = Mutex(batches)
        }

        func send(_: [UInt8]) async throws {}
        func close() {}

        func next() async throws -> [ExecPiece] {
            batches.withLock { $0.isEmpty ? [.ended(.exited(code: 9))] : $0.removeFirst() }
        }
    }

    private static let hello = AgentReply.hello(
        AgentHello(version: "1", digest: nil, bootID: "b", wall: 1, capabilities: "0"))
    private static let job = AgentJob(definition: "x", step: 0, timeoutMilliseconds: 1_000, bytes: 1_000)
    private static let done = AgentReply.done(.ok)

    private static func open(_ number: UInt32, _ path: String...) -> AgentReply {
        .open(AgentEntry(number: number, path: path.map { Array($0.utf8) }, media: .text))
    }

    private static func whole(_ number: UInt32, _ text: String, _ path: String...) -> [AgentReply] {
        let bytes = Array(text.utf8)
        return [
            .open(AgentEntry(number: number, path: path.map { Array($0.utf8) }, media: .text)),
            .data(entry: number, bytes[...]),
            .close(entry: number, length: UInt64(bytes.count), SHA256.digest(of: bytes)),
        ]
    }

    private func run(_ replies: [AgentReply], under: String? = nil, ended: Bool = false) async throws -> StepResult {
        let frames = ([Self.hello] + replies).flatMap(\.frame.encoded)
        return try await StepResult.of { context in
            var batch: [ExecPiece] = [.output(.stderr, Array("some words\n".utf8)), .output(.stdout, frames)]
            if ended { batch.append(.ended(.exited(code: 0))) }
            let session = try await AgentSession.begin(Wire([batch]))
            do {
                return try await session.run(Self.job, place: ["nodes", "n1"], under: under, context)
            } catch let error as AgentProtocolError {
                throw StepFailure(.error("AgentFailed", "the node agent \(error.reason)"))
            }
        }
    }

    @Test("What comes whole is kept, also when the process ends with it", arguments: [false, true])
    func whole(ended: Bool) async throws {
        let result = try await run(Self.whole(1, "text\n", "a", "b.txt") + [Self.done], ended: ended)
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(result.contents["data/nodes/n1/a/b.txt"] == Array("text\n".utf8))
    }

    @Test("Paths of the host's steps begin with host, and lead nowhere else")
    func places() async throws {
        let good = try await run(Self.whole(1, "x", "host", "a.txt") + [Self.done], under: "host")
        #expect(good.contents.keys.contains("data/nodes/n1/host/a.txt"), "\(good.contents.keys)")
        for path in [["namespaces", "other"], ["host"], ["..", "host"]] {
            let entry = AgentEntry(number: 1, path: path.map { Array($0.utf8) }, media: .text)
            let bad = try await run([.open(entry), Self.done], under: "host")
            #expect(bad.line.state == .error && bad.line.reason?.code == "AgentFailed", "\(path): \(bad.line)")
            #expect(bad.contents.keys.allSatisfy { !$0.hasPrefix("data/n") }, "\(bad.contents.keys)")
        }
        // Names that climb are names.
        let climbing = try await run(Self.whole(1, "x", "..", "..", "etc") + [Self.done])
        let kept = climbing.contents.keys.filter { $0.hasPrefix("data/") }
        #expect(kept.allSatisfy { $0.hasPrefix("data/nodes/n1/") }, "\(kept)")
    }

    @Test("An entry that is not what it was said to be is damaged")
    func digest() async throws {
        let wrong = AgentReply.close(entry: 1, length: 1, SHA256.digest(of: Array("y".utf8)))
        let short = AgentReply.close(entry: 1, length: 2, SHA256.digest(of: Array("x".utf8)))
        for end in [wrong, short] {
            let result = try await run([Self.open(1, "a"), .data(entry: 1, Array("x".utf8)[...]), end, Self.done])
            #expect(result.line.state == .partial && result.line.reason?.code == "Damaged", "\(result.line)")
        }
    }

    @Test("What was not ended is never ok")
    func unfinished() async throws {
        let result = try await run([Self.open(1, "a"), .data(entry: 1, Array("x".utf8)[...]), Self.done])
        #expect(result.line.state == .partial && result.line.reason?.code == "Unfinished", "\(result.line)")
    }

    @Test("Entries twice, of nobody, or too many end it")
    func nonsense() async throws {
        let many = (1...65).map { Self.open(UInt32($0), "e\($0)") }
        for replies in [
            [Self.open(1, "a"), Self.open(1, "b")], [Self.open(1, "a"), Self.open(2, "a")],
            [.data(entry: 7, [1])], [.drop(entry: 7)], [Self.hello], many,
        ] {
            let result = try await run(replies + [Self.done])
            #expect(result.line.reason?.code == "AgentFailed", "\(result.line)")
        }
    }

    @Test("What comes compressed is kept as it was, with its own length and digest")
    func packed() async throws {
        let text = Array(String(repeating: "some line of a log\n", count: 1_000).utf8)
        let frame = try #require(try PieceCompressor().compress(text[...]))
        let result = try await run([
            Self.open(1, "a"), .packed(entry: 1, frame[...]), .data(entry: 1, Array("end\n".utf8)[...]),
            .packed(entry: 1, frame[...]),
            .close(
                entry: 1, length: UInt64(2 * text.count + 4),
                SHA256.digest(of: text + Array("end\n".utf8) + text)), Self.done,
        ])
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(result.contents["data/nodes/n1/a"] == text + Array("end\n".utf8) + text)
    }

    @Test("A compressed piece that is damaged, or more than one, or of nobody ends it; what came before is kept")
    func packedNonsense() async throws {
        let text = [UInt8](repeating: 0x61, count: 10_000)
        let frame = try #require(try PieceCompressor().compress(text[...]))
        let damaged = Array(frame.dropLast()) + [frame[frame.count - 1] ^ 1]
        for (entry, bytes) in [(UInt32(1), damaged), (1, frame + frame), (1, []), (1, text), (7, frame)] {
            let result = try await run([
                Self.open(1, "a"), .data(entry: 1, Array("x".utf8)[...]), .packed(entry: entry, bytes[...]), Self.done,
            ])
            #expect(result.line.state == .partial && result.line.reason?.code == "AgentFailed", "\(result.line)")
            #expect(result.contents["data/nodes/n1/a"] == Array("x".utf8))
        }
    }

    @Test("Pieces that unfold to more than the attempt may bring end it at its limit")
    func bomb() async throws {
        let zeros = [UInt8](repeating: 0, count: PieceDecompressor.maximumPieceBytes)
        let frame = try #require(try PieceCompressor().compress(zeros[...]))
        try #require(frame.count < 1_000)
        let bomb = [Self.open(1, "a")] + (0..<1_000).map { _ in AgentReply.packed(entry: 1, frame[...]) }
        let frames = ([Self.hello] + bomb).flatMap(\.frame.encoded)
        let result = try await StepResult.of(bytes: 5 << 20) { context in
            let session = try await AgentSession.begin(Wire([[.output(.stdout, frames)]]))
            return try await session.run(Self.job, place: ["nodes", "n1"], under: nil, context)
        }
        #expect(result.line.state == .partial && result.line.reason?.code == "ByteLimit", "\(result.line)")
        #expect(result.contents["data/nodes/n1/a"]?.count == 5 << 20)
    }

    @Test("A process that ends in the midst keeps what came, and says how it ended")
    func ended() async throws {
        let result = try await run([Self.open(1, "a"), .data(entry: 1, Array("x".utf8)[...])])
        #expect(result.line.state == .partial, "\(result.line)")
        #expect(result.line.reason?.message.contains("exit code 9: some words") == true, "\(result.line)")
        #expect(result.contents["data/nodes/n1/a"] == Array("x".utf8))
    }

    @Test("What is truncated is told in numbers alone")
    func truncation() async throws {
        let words = #"{"state":"partial","code":"C","message":"m","truncated":{"limit":5,"x":"y","tail":[1]}}"#
        guard case .done(let outcome) = try AgentReply(AgentFrame(.done, Array(words.utf8))) else {
            return #expect(Bool(false))
        }
        #expect(outcome.truncated?.members.count == 1 && outcome.truncated?.limit == 5)
    }
}
