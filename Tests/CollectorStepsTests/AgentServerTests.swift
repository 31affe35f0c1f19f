import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Glibc
import KubernetesClient
import Synchronization
import Testing

/// Both sides of a conversation over pipes, in one process: the agent's own server, and the session that asks it.
struct AgentServerTests {
    /// The agent's input and output, in place of a command's.
    private final class Pipes: AgentWire {
        /// Kinds of the frames that came.
        private let seen = Mutex<(reader: AgentFrameReader, kinds: [AgentFrame.Kind])>((AgentFrameReader(), []))
        private let isClosed = Mutex(false)
        private let toAgent: [Int32]
        private let fromAgent: [Int32]
        let server: AgentServer

        var kinds: [AgentFrame.Kind] { seen.withLock { $0.kinds } }

        init(root: String) throws {
            func made() throws -> [Int32] {
                var ends: [Int32] = [0, 0]
                try #require(pipe(&ends) == 0)
                return ends
            }
            (toAgent, fromAgent) = (try made(), try made())
            var options = AgentServer.Options(version: "0", digest: nil)
            options.root = root
            options.exit = { _ in }
            server = AgentServer(input: toAgent[0], output: fromAgent[1], options: options)
        }

        deinit {
            close()
            for descriptor in [toAgent[0], fromAgent[0], fromAgent[1]] { Glibc.close(descriptor) }
        }

        func send(_ bytes: [UInt8]) async throws {
            let descriptor = toAgent[1]
            let count = try await BlockingReader.run {
                bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            }
            // Nobody reads any more: also a sign of life may find that.
            guard count == bytes.count else { throw CancellationError() }
        }

        func next() async throws -> [ExecPiece] {
            let descriptor = fromAgent[0]
            let bytes = try await BlockingReader.run {
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                let count = read(descriptor, &buffer, buffer.count)
                return Array(buffer.prefix(max(count, 0)))
            }
            try seen.withLock { seen in
                seen.reader.push(bytes[...])
                while let frame = try seen.reader.next() { seen.kinds.append(frame.kind) }
            }
            return [.output(.stdout, bytes)]
        }

        func close() {
            let isFirst = isClosed.withLock { isClosed in
                defer { isClosed = true }
                return !isClosed
            }
            if isFirst { Glibc.close(toAgent[1]) }
        }
    }

    private static let logs = """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: logs, title: Logs}
        scope: container
        volatility: 5
        steps:
          - logs: {previous: true}
        """

    /// What an agent brings of one container's log.
    private static func run(
        _ log: String, bytes: UInt64 = 1 << 26
    ) async throws -> (result: StepResult, kinds: [AgentFrame.Kind]) {
        try await withFolder { root in
            let folder = root + "/var/log/pods/prod_api-0_11-22/app/"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(log.utf8).write(to: URL(fileURLWithPath: folder + "0.log"))
            let pipes = try Pipes(root: root)
            let serving = Task { try await pipes.server.run() }
            let result = try await StepResult.of(bytes: bytes) { context in
                let session = try await AgentSession.begin(pipes)
                defer { session.close() }
                let job = AgentJob(
                    definition: Self.logs, step: 0,
                    container: .init(id: "cd", namespace: "prod", pod: "api-0", uid: "11-22", name: "app"),
                    timeoutMilliseconds: 10_000, bytes: bytes)
                return try await session.run(job, place: ["pods"], under: nil, context)
            }
            try await serving.value
            return (result, pipes.kinds)
        }
    }

    private static func lines(_ texts: some Sequence<String>) -> (file: String, content: String) {
        var (file, content) = ("", "")
        for text in texts {
            file += "2026-11-29T16:48:01.5Z stdout F \(text)\n"
            content += text + "\n"
        }
        return (file, content)
    }

    @Test("A long log goes compressed, and comes as it is")
    func compressed() async throws {
        let (file, content) = Self.lines((0..<40_000).map { "GET /api/v1/pods/\($0) 200 connection refused" })
        let (result, kinds) = try await Self.run(file)
        #expect(result.line.state == .ok, "\(result.line)")
        #expect(result.contents["data/pods/logs/current.log"] == Array(content.utf8), "\(result.contents.keys)")
        #expect(kinds.contains(.packed) && !kinds.contains(.data), "\(kinds)")
    }

    @Test("What is short, or is compressed already, goes as it is")
    func plain() async throws {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<5_000).map { _ in
            String((0..<60).map { _ in "\(UnicodeScalar(UInt8.random(in: 0x21...0x7E, using: &random)))" }.joined())
        }
        for texts in [["one line"], noise] {
            let (file, content) = Self.lines(texts)
            let (result, kinds) = try await Self.run(file)
            #expect(result.contents["data/pods/logs/current.log"] == Array(content.utf8), "\(result.line)")
            #expect(texts.count > 1 || (kinds.contains(.data) && !kinds.contains(.packed)), "\(kinds)")
        }
    }

    @Test("The limit of bytes is that of what was captured, not of what went over the wire")
    func limit() async throws {
        let (file, content) = Self.lines((0..<40_000).map { _ in "the same words again and again" })
        let (result, _) = try await Self.run(file, bytes: 500_000)
        #expect(result.line.state == .partial && result.line.reason?.code == "ByteLimit", "\(result.line)")
        #expect(result.contents["data/pods/logs/current.log"] == Array(content.utf8.prefix(500_000)))
    }
}
