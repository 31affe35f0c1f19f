import OfflineServer
import StructuredText
import Synchronization

/// A client that takes what is streamed to it.
final class AnswerCollector: ResponseWriter {
    private let taken = Mutex<[UInt8]>([])
    private let before: @Sendable (_ taken: Int) async throws -> Void

    /// - Parameter before: called before a piece is taken, with what was taken before: what it waits, the server waits.
    init(before: @escaping @Sendable (_ taken: Int) async throws -> Void = { _ in }) {
        self.before = before
    }

    var bytes: [UInt8] { taken.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func write(_ bytes: [UInt8]) async throws {
        try await before(taken.withLock { $0.count })
        taken.withLock { $0 += bytes }
    }

    func waitForEnd(atMost time: Duration) async throws {}
}

extension APIResponse {
    /// All of its body.
    func collected() async throws -> [UInt8] {
        switch body {
        case .bytes(let bytes): return bytes
        case .stream(let stream):
            let collector = AnswerCollector()
            try await stream(collector)
            return collector.bytes
        }
    }

    func text() async throws -> String { String(decoding: try await collected(), as: UTF8.self) }

    func json() async throws -> JSONValue { try JSONValue(parsing: try await collected()) }

    var warnings: [String] { headers.filter { $0.name == "Warning" }.map(\.value) }
}
