import Inspection
import OfflineServer
import Synchronization
import Testing

/// Logs of any length, to clients that take them slowly, or not at all.
struct LogStreamTests {
    private struct Gone: Error {}

    private static func stream(_ capture: EndlessLog) async throws
        -> @Sendable (any ResponseWriter) async throws -> Void
    {
        let endpoint = LogEndpoint(try await WrittenBundle.served(capture))
        let answer = try await endpoint.respond(namespace: "prod", pod: "web", to: APIRequest(path: []))
        guard case .stream(let stream) = answer.body else { throw Gone() }
        return stream
    }

    @Test func aSlowClientHoldsUpTheReading() async throws {
        let log = EndlessLog()
        let ahead = Mutex(0)
        let client = AnswerCollector { taken in
            guard taken < 4 << 20 else { throw Gone() }
            // Long enough to read many megabytes ahead.
            try await Task.sleep(for: .milliseconds(5))
            ahead.withLock { $0 = max($0, log.read - taken) }
        }
        let stream = try await Self.stream(log)
        await #expect(throws: Gone.self) { try await stream(client) }
        #expect(ahead.withLock { $0 } < 1 << 20)
        #expect(ahead.withLock { $0 } > 0)
        // The reading has ended, too.
        await log.untilOver()
    }

    @Test func readingEndsWithTheTask() async throws {
        let log = EndlessLog()
        let (began, isBegun) = AsyncStream<Void>.makeStream()
        let stream = try await Self.stream(log)
        let task = Task {
            try await stream(
                AnswerCollector { _ in
                    isBegun.yield()
                    try await Task.sleep(for: .seconds(3_600))
                })
        }
        for await _ in began { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await log.untilOver()
    }
}

/// A must-gather with one log, of a pod `web`, which never ends.
private final class EndlessLog: Inspection.Capture {
    private struct State {
        var read = 0
        var isOver = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let kind = CaptureKind.mustGather
    private let state = Mutex(State())
    private let file = CapturedFile(path: "web.log", size: .max, ordinal: 0)
    private static let line = "a line\n"
    private static let lines = 400
    private let chunk = Array(String(repeating: "2026-11-30T08:00:01.000000000Z \(line)", count: lines).utf8)

    /// In bytes of what the container wrote.
    var read: Int { state.withLock { $0.read } }

    func untilOver() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiting.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    func role(of file: CapturedFile) -> FileRole {
        .log(LogPlace(namespace: "prod", pod: "web", container: "main", stream: .current))
    }

    func files(_ body: (CapturedFile) throws -> Void) throws { try body(file) }

    func read(_ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws {
        guard let visitor = try visitor(file) else { return }
        defer {
            let waiting = state.withLock { state in
                state.isOver = true
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
        while true {
            try Task.checkCancellation()
            try visitor.take(chunk[...])
            state.withLock { $0.read += Self.lines * Self.line.utf8.count }
        }
    }
}
